// SPDX-License-Identifier: Apache-2.0
package org.incexport;

import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;

/** What went wrong; parts are null (numbers: 0) where they are not known. */
public final class IncException extends RuntimeException {
    /** One of the things that a model has and that cannot be exported. */
    public static final class Unsupported {
        public final String op, reason, hint, python, entry, scope;
        public final long count;
        public final int line, column;

        Unsupported(Native.inc_unsupported u) {
            op = u.op;
            reason = u.reason;
            hint = u.hint;
            python = u.python;
            entry = u.entry;
            scope = u.scope;
            count = u.count;
            line = u.line;
            column = u.column;
        }
    }

    private static final long serialVersionUID = 1;
    public static final int ARGUMENT = -2, IO = -4, FORMAT = -5, UNSUPPORTED = -6, CANCELLED = -10;

    public final int code;
    public final String reason, hint, stage, entry, python, operator, scope;
    public final int line, column;
    public final transient List<Unsupported> unsupported = new ArrayList<>();

    IncException(int code, String message) {
        super(message);
        this.code = code;
        reason = hint = stage = entry = python = operator = scope = null;
        line = column = 0;
    }

    /** Takes the error, and frees it. */
    private IncException(int status, Pointer error) {
        super(error == null ? Native.LIB.inc_status_name(status) : Native.LIB.inc_error_message(error));
        Native lib = Native.LIB;
        code = status;
        reason = lib.inc_error_reason(error);
        hint = lib.inc_error_hint(error);
        stage = lib.inc_error_stage(error);
        entry = lib.inc_error_entry(error);
        python = lib.inc_error_python(error);
        operator = lib.inc_error_operator(error);
        scope = lib.inc_error_scope(error);
        line = lib.inc_error_line(error);
        column = lib.inc_error_column(error);
        for (long i = 0; i < lib.inc_error_n_unsupported(error); i++)
            unsupported.add(new Unsupported(new Native.inc_unsupported(lib.inc_error_unsupported(error, i))));
        lib.inc_error_free(error);
    }

    static void check(int status, Pointer error) {
        if (status != 0)
            throw new IncException(status, error);
    }
}
