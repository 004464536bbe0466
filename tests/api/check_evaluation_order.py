#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether the order in which C evaluates could change what is written: check_evaluation_order.py SOURCE-DIR

C leaves open which argument of a call, or operand of a binary operator, is evaluated first, and compilers differ:
gcc mostly begins with the last argument, clang with the first. Where two of them have effects that do not commute
(both append nodes to the graph, both take something from a file), the same model gives different files. Reported is
every call, initializer or operator in lib/ with two such parts: one of them belongs into a variable before.

Which functions have such effects follows from the source: those in EFFECTS, and whoever calls one of them. Functions
are told apart by name (within a file, where they are static). Of calls through pointers only those of a row's columns
(POINTERS) are seen. Needs nothing but Python.
"""

import pathlib
import re
import sys

# Appending a node to the graph, making an expression of sizes that is ordered by when it was made, and taking bytes
# from a pickle.
EFFECTS = {
    "lib/ir/graph.c": ("incir_append_again",),
    "lib/ir/sym.c": ("incsym_new", "incsym_binary_atom"),
    "lib/archive/pickle.c": ("take",),
}
# A handler's arguments: what reading one appends, a view cut again, incop_run() has appended before the handler runs.
ARGUMENTS = re.compile(r"incop_(tensor|tensors|tensor_or_null|sym|syms|int|ints|ints_k|float|floats|bool|dtype)(_or)?|incop_axis\w*|as_tensor|as_sym|as_float")
POINTERS = {"lower", "unview"}
TOKEN = re.compile(
    r"""\s+|/\*.*?\*/|//[^\n]*|(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<name>[A-Za-z_]\w*)"""
    r"""|(?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)|(?P<other>->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)""",
    re.S,
)
KEYWORDS = {"if", "while", "for", "switch", "return", "sizeof", "do", "else", "case", "goto", "offsetof", "_Alignof"}
# From loosest to tightest; those that say which side comes first are parts on their own.
SEQUENCED = {"&&", "||", "?", ":", ",", ";", "=", "return", "case", "else", "do", "if", "while", "for", "switch"}
OPERATORS = {"+", "-", "*", "/", "%", "<", ">", "<=", ">=", "==", "!=", "&", "|", "^", "<<", ">>"}
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


def tokens_of(text):
    text = re.sub(r"\\\n", " ", text)
    text = re.sub(r"^[ \t]*#[^\n]*", "", text, flags=re.M)
    line, tokens = 1, []
    for m in TOKEN.finditer(text):
        if m.lastgroup:
            tokens.append((m.group(), line))
        line += m.group().count("\n")
    return tokens


def closing(tokens, i):
    """The place of the bracket that closes tokens[i]."""
    depth = 0
    for k in range(i, len(tokens)):
        depth += tokens[k][0] in OPEN
        depth -= tokens[k][0] in CLOSE
        if depth == 0:
            return k
    return len(tokens) - 1


def functions_of(tokens):
    """(name, is static, first token of the body, last) of each function."""
    found, i, start = [], 0, 0
    while i < len(tokens):
        t = tokens[i][0]
        if t == "{":
            end = closing(tokens, i)
            head = tokens[start:i]
            at = next((k for k, h in enumerate(head) if h[0] == "("), None)
            if at and not any(h[0] == "=" for h in head):
                found.append((head[at - 1][0], any(h[0] == "static" for h in head), i, end))
            i = end
            start = i + 1
        elif t == ";":
            start = i + 1
        i += 1
    return found


def is_call(tokens, i):
    t = tokens[i][0]
    return (
        (t[0].isalpha() or t[0] == "_")
        and t not in KEYWORDS
        and i + 1 < len(tokens)
        and tokens[i + 1][0] == "("
        and (i == 0 or tokens[i - 1][0] not in ("->", ".") or t in POINTERS)
    )


def split_at_commas(tokens, first, last):
    """The parts of tokens[first:last] between commas outside of brackets."""
    parts, begin, i = [], first, first
    while i < last:
        if tokens[i][0] in OPEN:
            i = closing(tokens, i)
        elif tokens[i][0] == ",":
            parts.append((begin, i))
            begin = i + 1
        i += 1
    parts.append((begin, last))
    return parts


class Source:
    def __init__(self, path, name):
        self.name = name
        self.tokens = tokens_of(path.read_text())
        self.functions = functions_of(self.tokens)
        self.static = {n for n, is_static, _, _ in self.functions if is_static}

    def key(self, name):
        return (self.name, name) if name in self.static else (None, name)

    def calls(self, first, last):
        return [(i, self.tokens[i][0]) for i in range(first, last) if is_call(self.tokens, i)]


def effectful(sources):
    """Keys of the functions with effects: those named, and all that call one."""
    callers, found = {}, []
    for s in sources:
        for name, _, first, last in s.functions:
            for _, callee in s.calls(first, last):
                callers.setdefault(s.key(callee), set()).add(s.key(name))
            if name in EFFECTS.get(s.name, ()):
                found.append(s.key(name))
    missing = [f"{f}: {n}" for f, names in EFFECTS.items() for n in names if not any(k[1] == n for k in found)]
    if missing:
        sys.exit("check_evaluation_order.py: not there: " + ", ".join(missing))
    found += [(None, name) for name in POINTERS]
    known = set(found)
    while found:
        for caller in callers.get(found.pop(), ()):
            if caller not in known and not ARGUMENTS.fullmatch(caller[1]):
                known.add(caller)
                found.append(caller)
    return known


def first_effect(s, first, last, known):
    return next((name for _, name in s.calls(first, last) if s.key(name) in known), None)


def operands(tokens, first, last):
    """The operands of binary operators side by side in tokens[first:last], in groups that nothing sequences."""
    groups, group, begin, i = [], [], first, first
    while i < last:
        t = tokens[i][0]
        if t in OPEN:
            i = closing(tokens, i)
        elif t in SEQUENCED or t in OPERATORS:
            is_binary = t in SEQUENCED or (i > first and (tokens[i - 1][0] in CLOSE or tokens[i - 1][0][0].isalnum()))
            if is_binary:
                group.append((begin, i))
                begin = i + 1
            if t in SEQUENCED:
                groups.append(group)
                group = []
        i += 1
    group.append((begin, last))
    groups.append(group)
    return groups


def check(s, known):
    def report(at, parts, what):
        effects = [e for e in (first_effect(s, *p, known) for p in parts) if e]
        if len(effects) > 1:
            found.append(f"{s.name}:{s.tokens[at][1]}: {what} evaluates {' and '.join(effects)} in any order")

    found = []
    for _, _, first, last in s.functions:
        for i in range(first, last):
            t = s.tokens[i][0]
            if t not in OPEN:
                continue
            end = closing(s.tokens, i)
            if t == "(" and is_call(s.tokens, i - 1):
                report(i - 1, split_at_commas(s.tokens, i + 1, end), f"the call of {s.tokens[i - 1][0]}")
            elif t == "{" and s.tokens[i - 1][0] in (")", "=", ",", "{", "(") and not is_block(s.tokens, i):
                report(i, split_at_commas(s.tokens, i + 1, end), "an initializer")
            for group in operands(s.tokens, i + 1, end):
                report(i, group, "an expression")
    return found


def is_block(tokens, i):
    """Whether the brace is that of statements: one ends with a semicolon before it closes."""
    end, k = closing(tokens, i), i + 1
    while k < end:
        if tokens[k][0] == ";":
            return True
        k = closing(tokens, k) + 1 if tokens[k][0] in OPEN else k + 1
    return False


def main():
    root = pathlib.Path(sys.argv[1])
    sources = [Source(p, str(p.relative_to(root))) for p in sorted((root / "lib").rglob("*.c"))]
    known = effectful(sources)
    found = [line for s in sources for line in check(s, known)]
    for line in found:
        print(line)
    print(f"{len(sources)} files, {len(known)} functions with effects, {len(found)} places")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
