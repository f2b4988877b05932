package io.lakeproof.transforms;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A transform of the user's own: found on the class path, its components filled from the spec by name. */
final class UserClass {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();

    private UserClass() {}

    /** Returns the transform, or null after adding what is wrong to the parameters' problems. */
    static Transform bind(Parameters parameters) {
        String name = parameters.text("class");
        Class<?> type;
        try {
            type = Class.forName(name, true, loader());
        } catch (ClassNotFoundException | LinkageError missing) {
            parameters.problem(
                    "class",
                    missing instanceof ClassNotFoundException
                            ? "class %s is not on the class path; add its jar with --jars or LAKEPROOF_CLASSPATH"
                                    .formatted(name)
                            : "class %s cannot be loaded: %s".formatted(name, missing));
            return null;
        }
        if (!Transform.class.isAssignableFrom(type)) {
            parameters.problem("class", "class %s does not implement %s".formatted(name, Transform.class.getName()));
            return null;
        }
        RecordComponent[] components = type.isRecord() ? type.getRecordComponents() : new RecordComponent[0];
        Object[] arguments = arguments(parameters, name, components);
        if (arguments == null) {
            return null;
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return (Transform) constructor.newInstance(arguments);
        } catch (NoSuchMethodException none) {
            parameters.problem(
                    "class",
                    "class %s is neither a record nor has it a constructor without parameters".formatted(name));
        } catch (InvocationTargetException refused) {
            parameters.problem(
                    "with",
                    "%s refuses them: %s".formatted(name, refused.getCause().getMessage()));
        } catch (ReflectiveOperationException | RuntimeException closed) {
            parameters.problem("class", "class %s cannot be instantiated: %s".formatted(name, closed));
        }
        return null;
    }

    private static Object[] arguments(Parameters parameters, String name, RecordComponent[] components) {
        Map<String, Object> with = parameters.map("with");
        List<String> known =
                Arrays.stream(components).map(RecordComponent::getName).toList();
        int before = parameters.problems().size();
        with.keySet().stream()
                .filter(key -> !known.contains(key))
                .forEach(key -> parameters.problem(
                        "with." + key,
                        "unknown parameter '%s'%s; %s takes %s"
                                .formatted(key, Columns.didYouMean(key, known), name, Columns.list(known))));
        Object[] arguments = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            RecordComponent component = components[i];
            Object value = with.get(component.getName());
            boolean optional = component.getType() == Optional.class;
            if (value == null && !optional) {
                parameters.problem(
                        "with",
                        "'%s' is missing; %s needs it as %s"
                                .formatted(
                                        component.getName(),
                                        name,
                                        component.getGenericType().getTypeName()));
                continue;
            }
            Type type = optional
                    ? ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0]
                    : component.getGenericType();
            try {
                Object converted = value == null ? null : MAPPER.convertValue(value, MAPPER.constructType(type));
                arguments[i] = optional ? Optional.ofNullable(converted) : converted;
            } catch (IllegalArgumentException unfit) {
                parameters.problem(
                        "with." + component.getName(), "'%s' is not of type %s".formatted(value, type.getTypeName()));
            }
        }
        return parameters.problems().size() == before ? arguments : null;
    }

    static ClassLoader loader() {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        return context != null ? context : UserClass.class.getClassLoader();
    }
}
