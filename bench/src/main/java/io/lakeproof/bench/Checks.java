package io.lakeproof.bench;

import com.amazon.deequ.VerificationResult;
import com.amazon.deequ.checks.Check;
import com.amazon.deequ.checks.CheckLevel;
import com.amazon.deequ.checks.CheckStatus;
import com.amazon.deequ.constraints.Constraint;
import java.util.List;
import scala.Function1;
import scala.Option;
import scala.collection.JavaConverters;
import scala.runtime.AbstractFunction1;

/** The example's rules as one Deequ check. */
final class Checks {

    private Checks() {}

    static Check all() {
        Check check = new Check(CheckLevel.Error(), "claims", JavaConverters.asScalaBuffer(List.<Constraint>of()))
                .hasSize(number(size -> size > 0), Option.empty())
                .isUnique("id", Option.empty(), Option.empty())
                .hasCompleteness("ps_reg_03", fraction(share -> share > 0.7), Option.empty(), Option.empty())
                .hasCompleteness("ps_car_14", fraction(share -> share > 0.8), Option.empty(), Option.empty());
        for (int i = 0; i < Claims.RULES.size(); i++) {
            check = check.satisfies(
                    Claims.RULES.get(i),
                    "rule " + i,
                    fraction(share -> share > 0.99),
                    Option.empty(),
                    JavaConverters.asScalaBuffer(List.<String>of()).toList(),
                    Option.empty());
        }
        return check;
    }

    static void pass(VerificationResult result) {
        if (!result.status().equals(CheckStatus.Success())) {
            throw new IllegalStateException(result.checkResults().toString());
        }
    }

    private interface OfLong {
        boolean test(long value);
    }

    private interface OfDouble {
        boolean test(double value);
    }

    private static Function1<Object, Object> number(OfLong test) {
        return new AbstractFunction1<>() {
            @Override
            public Object apply(Object value) {
                return test.test((Long) value);
            }
        };
    }

    private static Function1<Object, Object> fraction(OfDouble test) {
        return new AbstractFunction1<>() {
            @Override
            public Object apply(Object value) {
                return test.test((Double) value);
            }
        };
    }
}
