@echo off
rem Runs Lakeproof on an embedded Spark; builds it first when there is no build. After a change: mvnw -Dmaven.test.skip package
setlocal
set "HOME_=%~dp0"
set "JAR=%HOME_%jobs\target\lakeproof-0.1.0.jar"
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
"%JAVA%" -version >nul 2>&1 || (
  echo lakeproof: needs Java 17 or newer, found none. Install one, or set JAVA_HOME. 1>&2
  exit /b 2
)
if not exist "%JAR%" (
  echo lakeproof: builds itself first: about half a minute, a few more when it has to download Spark ^(300 MB^) 1>&2
  pushd "%HOME_%"
  call mvnw.cmd -B -q -Dmaven.test.skip -Dspotless.check.skip -Don.warning=-nowarn -pl jobs -am package 1>&2
  popd
)
if not exist "%JAR%" (
  echo lakeproof: could not build itself, see above. 1>&2
  exit /b 1
)
rem The class path is longer than a command line may be: it goes through an argument file.
set "ARGS=%TEMP%\lakeproof-%RANDOM%%RANDOM%.args"
powershell -NoProfile -Command "$c = $env:JAR + ';' + (Get-Content -Raw ($env:HOME_ + 'jobs\target\spark-classpath')).Trim() + ';' + $env:LAKEPROOF_CLASSPATH; Set-Content -Encoding ascii $env:ARGS ('-cp \"' + $c.Replace('\', '/') + '\"')"
"%JAVA%" "@%ARGS%" -Xlog:disable -Xlog:all=error:stderr -XX:MaxRAMPercentage=60 -XX:+UseParallelGC ^
  --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.lang.invoke=ALL-UNNAMED ^
  --add-opens=java.base/java.lang.reflect=ALL-UNNAMED --add-opens=java.base/java.io=ALL-UNNAMED ^
  --add-opens=java.base/java.net=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED ^
  --add-opens=java.base/java.util=ALL-UNNAMED --add-opens=java.base/java.util.concurrent=ALL-UNNAMED ^
  --add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED --add-opens=java.base/jdk.internal.ref=ALL-UNNAMED ^
  --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/sun.nio.cs=ALL-UNNAMED ^
  --add-opens=java.base/sun.security.action=ALL-UNNAMED --add-opens=java.base/sun.util.calendar=ALL-UNNAMED ^
  --add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED -Djdk.reflect.useDirectMethodHandle=false ^
  -Dio.netty.tryReflectionSetAccessible=true %LAKEPROOF_JAVA_OPTS% io.lakeproof.jobs.cli.Launcher %*
set "STATUS=%ERRORLEVEL%"
del "%ARGS%"
exit /b %STATUS%
