/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of every construct, printed; what is refused and where; bounds; real files whole. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/context.h"
#include "../support/suite.h"
#include "frontend/torchscript/parse.h"
#include "frontend/torchscript/types.h"
#include "print_ast.h"
#include "recorded.h"

/* The file as text, or the error as "line:column: message". */
static const char *parsed(const char *text, size_t n, bool only_body)
{
    inc_frame frame;
    if (inc_try(cx, &frame)) {
        incstr s = {0};
        const incts_file *file = incts_parse(cx, "code/test.py", text, n);
        if (only_body)
            print_block(cx, &s, incts_body_of(file->functions[0], NULL));
        else
            print_file(cx, &s, file);
        inc_try_end(cx, &frame);
        return incstr_text(&s);
    }
    ck_assert_str_eq(cx->error.where.entry, "code/test.py");
    return inc_printf(cx, "%u:%u: %s", cx->error.where.line, cx->error.where.column,
                      cx->error.message);
}

/* The statements as the body of a function, indented by two. */
static const char *parsed_body(const char *body)
{
    incstr s = {0};
    incstr_add(cx, &s, "def f():\n  ");
    for (const char *c = body; *c; c++) {
        incstr_add_n(cx, &s, c, 1);
        if (*c == '\n')
            incstr_add(cx, &s, "  ");
    }
    return parsed(s.text, s.n, true);
}

typedef struct row {
    const char *text, *tree;
} row;

static const row statements[] = {
    /* as the printer writes them */
    {"x = y", " {(= x <- y)}"},
    {"_0 = torch.add(x, 1, alpha=2)", " {(= _0 <- (call <torch.add> x 1 alpha=2))}"},
    {"a, b = torch.max(x, 1)", " {(= a b <- (call <torch.max> x 1))}"},
    {"a, b, = t", " {(unpack a b <- t)}"},
    {"_1, = torch.unbind(x)", " {(unpack _1 <- (call <torch.unbind> x))}"},
    {"a, b = x, y", " {(= a b <- (tuple x y))}"},
    {"_8, x3, k = _9, x4, k0", " {(= _8 x3 k <- (tuple _9 x4 k0))}"},
    {"size7 : Optional[int] = size0", " {(= size7 : Optional[int] <- size0)}"},
    {"self.n = torch.add(self.n, 1)", " {(= (. self n) <- (call <torch.add> (. self n) 1))}"},
    {"(self).n = 1", " {(= (. self n) <- 1)}"},
    {"ops.prim.RaiseException(\"no\", \"builtins.ValueError\")",
     " {(do (call <ops.prim.RaiseException> \"no\" \"builtins.ValueError\"))}"},
    {"if torch.gt(n, 0):\n  y = 1\nelse:\n  pass",
     " {(if (call <torch.gt> n 0) {(= y <- 1)} {(pass)})}"},
    {"while _8:\n  _8 = False", " {(while _8 {(= _8 <- False)})}"},
    {"for i in range(3):\n  _3 = torch.append(l, i)",
     " {(for i in (call range 3) {(= _3 <- (call <torch.append> l i))})}"},
    {"with g:\n  pass", " {(with g {(pass)})}"},
    {"with self.guard as h:\n  return h", " {(with (. self guard) as h {(return h)})}"},
    {"def __forked_function():\n  return x\n_0 = fork(__forked_function)",
     " {(def __forked_function() -> _ {(return x)})(= _0 <- (call fork __forked_function))}"},
    {"return (a, b)", " {(return (tuple a b))}"},
    {"return a, b", " {(return (tuple a b))}"},
    {"return", " {(return _)}"},
    {"return ()", " {(return (tuple))}"},
    /* calls */
    {"y = (fc).forward(x, )", " {(= y <- (call (. fc forward) x))}"},
    {"_1 = (bn).forward()", " {(= _1 <- (call (. bn forward)))}"},
    {"y = __torch__.a.b.___torch_mangle_7.relu(x, False, )",
     " {(= y <- (call <__torch__.a.b.___torch_mangle_7.relu> x False))}"},
    {"_0 = __torch__.a.f\ny = _0(a, )", " {(= _0 <- <__torch__.a.f>)(= y <- (call _0 a))}"},
    {"c = __torch__.C.__new__(__torch__.C)",
     " {(= c <- (call <__torch__.C.__new__> <__torch__.C>))}"},
    {"_0 = (c).__init__(3, x, )", " {(= _0 <- (call (. c __init__) 3 x))}"},
    {"m = __torch__.Mode.MUL", " {(= m <- <__torch__.Mode.MUL>)}"},
    {"m = (__torch__.Mode.MUL).value", " {(= m <- (. <__torch__.Mode.MUL> value))}"},
    {"c = CONSTANTS.c0", " {(= c <- <CONSTANTS.c0>)}"},
    {"c = CONSTANTS.c0.scale", " {(= c <- (. <CONSTANTS.c0> scale))}"},
    {"w = (CONSTANTS.c0).unpack()", " {(= w <- (call (. <CONSTANTS.c0> unpack)))}"},
    {"_00 = getattr(layers, \"0\")", " {(= _00 <- (. layers 0))}"},
    {"_00 = getattr(layers, name)", " {(= _00 <- (call getattr layers name))}"},
    {"x = annotate(List[Optional[int]], [None, 1])",
     " {(= x <- (annotate List[Optional[int]] (list None 1)))}"},
    {"x = annotate(number, _0)", " {(= x <- (annotate number _0))}"},
    {"x = unchecked_cast(Tensor, w)", " {(= x <- (cast Tensor w))}"},
    {"x = uninitialized(Tuple[Tensor, Tuple[()]])",
     " {(= x <- (uninitialized Tuple[Tensor, Tuple[()]]))}"},
    {"x = isinstance(y, List[int])", " {(= x <- (isinstance List[int] y))}"},
    {"x = isinstance(y, (int, __torch__.A))", " {(= x <- (isinstance int __torch__.A y))}"},
    {"x = int(torch.item(y))", " {(= x <- (call int (call <torch.item> y)))}"},
    {"v : __torch__.I = obj[key]", " {(= v : __torch__.I <- (at obj key))}"},
    {"x = annotate(List[int], x.tolist())", " {(= x <- (annotate List[int] (call (. x tolist))))}"},
    {"f(\n  a,\n  b)", " {(do (call f a b))}"},
    {"x = torch.in(y)", " {(= x <- (call <torch.in> y))}"},
    {"f(*a, b)", " {(do (call f (star a) b))}"},
    /* literals */
    {"x = [1, -2, 9223372036854775807, -9223372036854775808]",
     " {(= x <- (list 1 -2 9223372036854775807 -9223372036854775808))}"},
    {"x = [2., 0.10000000000000001, -1e-05, 1e+17, -inf, nan]",
     " {(= x <- (list 2f 0.10000000000000001f -1.0000000000000001e-05f 1e+17f (neg inf) nan))}"},
    {"x = [10000000000, 00012, 000]", " {(= x <- (list 10000000000 12 0))}"},
    {"x = 1.5+2.j", " {(= x <- (+ 1.5f 2j))}"},
    {"x = - 3", " {(= x <- -3)}"},
    {"x = -.5", " {(= x <- -0.5f)}"},
    {"x = -0", " {(= x <- 0)}"},
    {"x = -0.", " {(= x <- -0f)}"},
    {"x = \"a\" 'b' \"c\"", " {(= x <- \"abc\")}"},
    {"x = ()", " {(= x <- (tuple))}"},
    {"x = (a,)", " {(= x <- (tuple a))}"},
    {"x = (a)", " {(= x <- a)}"},
    {"x = (a, (b, c), )", " {(= x <- (tuple a (tuple b c)))}"},
    {"x = []", " {(= x <- (list))}"},
    {"x = [a, ]", " {(= x <- (list a))}"},
    {"x = {}", " {(= x <- (dict))}"},
    {"x = {\"a\": 1, \"b\": (c)[0], }", " {(= x <- (dict \"a\":1 \"b\":(at c 0)))}"},
    {"x = {\n  1: 2,\n  3: 4}", " {(= x <- (dict 1:2 3:4))}"},
    /* subscripts */
    {"x = (t)[1:3]", " {(= x <- (at t (slice 1 3 _)))}"},
    {"x = l[-1]", " {(= x <- (at l -1))}"},
    {"x = l[:]", " {(= x <- (at l (slice _ _ _)))}"},
    {"x = l[::2]", " {(= x <- (at l (slice _ _ 2)))}"},
    {"x = l[a:b:c]", " {(= x <- (at l (slice a b c)))}"},
    {"x = l[..., 1:, None]", " {(= x <- (at l (tuple ... (slice 1 _ _) None)))}"},
    {"x = l[i][j].k(m)[n]", " {(= x <- (at (call (. (at (at l i) j) k) m) n))}"},
    /* what only people write */
    {"x = a + b * c - d", " {(= x <- (- (+ a (* b c)) d))}"},
    {"x = (a + b) * c", " {(= x <- (* (+ a b) c))}"},
    {"x = a // b % c @ d / e", " {(= x <- (/ (@ (% (// a b) c) d) e))}"},
    {"x = a ** b ** c", " {(= x <- (** a (** b c)))}"},
    {"x = -a ** b", " {(= x <- (neg (** a b)))}"},
    {"x = -2 ** -3", " {(= x <- (neg (** 2 -3)))}"},
    {"x = -a * b", " {(= x <- (* (neg a) b))}"},
    {"x = a - -b", " {(= x <- (- a (neg b)))}"},
    {"x = a | b ^ c & d << e + f", " {(= x <- (| a (^ b (& c (<< d (+ e f))))))}"},
    {"x = a < b and not c == d", " {(= x <- (and (< a b) (not (== c d))))}"},
    {"x = a or b and c", " {(= x <- (and (or a b) c))}"},
    {"x = a is not b and c not in d or e is f",
     " {(= x <- (or (and (isnt a b) (notin c d)) (is e f)))}"},
    {"x = ~a & b", " {(= x <- (inv (& a b)))}"},
    {"x = not not +a", " {(= x <- (not (not (pos a))))}"},
    {"x = a if b > 0 else c if d else e", " {(= x <- (if (> b 0) a (if d c e)))}"},
    {"x += 1", " {(+= x 1)}"},
    {"x[0] //= y", " {(//= (at x 0) y)}"},
    {"x.y @= z", " {(@= (. x y) z)}"},
    {"x <<= 1\nx ^= 2", " {(<<= x 1)(^= x 2)}"},
    {"if a:\n  pass\nelif b:\n  break\nelif c:\n  continue\nelse:\n  return 1",
     " {(if a {(pass)} {(if b {(break)} {(if c {(continue)} {(return 1)})})})}"},
    {"if a:\n  pass", " {(if a {(pass)} {})}"},
    {"for a, (b, c) in zip(x, y):\n  pass", " {(for a (tuple b c) in (call zip x y) {(pass)})}"},
    {"for i, in x:\n  pass", " {(for i in x {(pass)})}"},
    {"assert a, \"b\"\nassert c", " {(assert a \"b\")(assert c _)}"},
    {"raise ValueError(\"a\")\nraise", " {(raise (call ValueError \"a\"))(raise _)}"},
    {"del a, b[0]", " {(del a (at b 0))}"},
    {"a, b.c, (d, e[0]) = f", " {(= a (. b c) (tuple d (at e 0)) <- f)}"},
    {"with a() as b, c:\n  pass", " {(with (call a) as b c {(pass)})}"},
    {"def g(a, *, b: int=1) -> int:\n  return b", " {(def g(a, *, b: int=1) -> int {(return b)})}"},
    {"a, b", " {(do (tuple a b))}"},
    /* errors; the body stands two columns in, from line 2 */
    {"x = ", "2:7: found the end of the line where an expression is expected"},
    {"x = (a", "2:9: found the end of the line where \",\" or \")\" is expected"},
    {"x = f(a b)", "2:11: found \"b\" where \",\" or \")\" is expected"},
    {"x = [a\ny = 1", "3:3: found \"y\" where \",\" or \"]\" is expected"},
    {"x = {a}", "2:9: found \"}\" where \":\" is expected"},
    {"x = [a for a in b]", "2:10: found a comprehension, which no saved model has"},
    {"x = y = 1", "2:9: found a second \"=\", which TorchScript does not know"},
    {"1 = x", "2:3: this cannot be assigned to: a name, an attribute or an item is expected"},
    {"torch.x = y", "2:3: this cannot be assigned to: a name, an attribute or an item is expected"},
    {"f() += y", "2:3: this cannot be assigned to: a name, an attribute or an item is expected"},
    {"x : int", "2:10: found the end of the line where \"=\" is expected"},
    {"a < b < c", "2:9: comparisons are chained, which TorchScript does not know"},
    {"f(a=1, b)", "2:10: an argument without a name follows one with a name"},
    {"x = a.1", "2:8: found \".1\" where the end of the line is expected"},
    {"x = a. 1", "2:10: found \"1\" where the name of an attribute is expected"},
    {"x = 9223372036854775808", "2:7: the number 9223372036854775808 is out of range"},
    {"x = -9223372036854775809", "2:8: the number 9223372036854775809 is out of range"},
    {"x = 99999999999999999999999999999999999",
     "2:7: the number 99999999999999999999999999999999999 is out of range"},
    {"x = 1e999", "2:7: the number 1e999 is out of range"},
    {"x = ^Mine(1)(x)", "2:7: found a call of a Python function (^), which only Python can run"},
    {"import os", "2:3: found \"import\" where a statement is expected"},
    {"global x", "2:3: found \"global\" where a statement is expected"},
    {"class A:\n  pass", "2:3: found \"class\" where a statement is expected"},
    {"else:\n  pass", "2:3: found \"else\" where a statement is expected"},
    {"if a: pass", "2:9: found \"pass\" where the end of the line is expected"},
    {"if a:\npass", "3:3: found \"pass\" where an indented block is expected"},
    {"pass\n  pass", "3:5: found a deeper indentation where a statement of this block is expected"},
    {"lambda x: x", "2:10: found \"x\" where the end of the line is expected"},
    {"x = annotate(1, y)", "2:16: found \"1\" where a type is expected"},
    {"x = annotate(List, y)", "2:16: the type List has 0 arguments"},
    {"x = annotate(Dict[int], y)", "2:16: the type Dict has 1 arguments"},
    {"x = annotate(int[int], y)", "2:16: the type int has 1 arguments"},
    {"x = f(**a)", "2:9: found \"**\" where an expression is expected"},
    {"x = a not b", "2:13: found \"b\" where \"in\" is expected behind \"not\""},
    {"x = a if b", "2:13: found the end of the line where \"else\" is expected"},
};

START_TEST(statement)
{
    ck_assert_str_eq(parsed_body(statements[_i].text), statements[_i].tree);
}
END_TEST

static const row files[] = {
    {"", ""},
    {"# nothing\n", ""},
    {"class Net(Module):\n"
     "  __parameters__ = [\"w\", \"b\", ]\n"
     "  __buffers__ = []\n"
     "  __forward_pre_hooks__ = [\"p\", ]\n"
     "  __forward_hooks__ = [\"h\", \"g\"]\n"
     "  __annotations__ = []\n"
     "  __annotations__[\"0\"] = __torch__.A\n"
     "  __annotations__[\"y-z\"] = Optional[Tensor]\n"
     "  w : Tensor\n"
     "  in : int\n"
     "  eps : Final[float] = 1e-05\n"
     "  k : Final[Tuple[int, int]] = (1, -1)\n"
     "  def forward(self: __torch__.Net,\n"
     "    x: Tensor,\n"
     "    n: int=3) -> Tuple[Tensor, List[int]]:\n"
     "    return (x, [n])\n"
     "  def g(self: __torch__.Net) -> NoneType:\n"
     "    return None\n",
     "module Net { parameters \"w\" \"b\"; pre \"p\"; hooks \"h\" \"g\"; 0: __torch__.A; "
     "y-z: Optional[Tensor]; w: Tensor; in: int; const eps: float 1.0000000000000001e-05f; "
     "const k: Tuple[int, int] (tuple 1 -1); "
     "def forward(self: __torch__.Net, x: Tensor, n: int=3) -> Tuple[Tensor, List[int]] "
     "{(return (tuple x (list n)))}; def g(self: __torch__.Net) -> NoneType {(return None)}; }"},
    {"class P(NamedTuple):\n  a : Tensor\n  b : int = 2\n", "tuple P { a: Tensor; b: int 2; }"},
    {"class E(Enum):\n  A = 0\n  B = -1.5\n  C = \"c\"\n  D = 'd'\n",
     "enum E { A: _ 0; B: _ -1.5f; C: _ \"c\"; D: _ \"d\"; }"},
    {"class E(Enum):\n  A = \"a\"x\"\n  B = \"\\\"  \n  C = \"a\\\"\n  D = \"\\\\\"\n  E = \"\"\"",
     "enum E { A: _ \"a\\x22x\"; B: _ \"\\x5c\"; C: _ \"a\\x5c\"; D: _ \"\\x5c\"; E: _ \"\\x22\"; "
     "}"},
    {"class I(ModuleInterface):\n  def forward(self,\n    x: Tensor) -> Tensor:\n    pass\n",
     "moduleinterface I { def forward(self, x: Tensor) -> Tensor {(pass)}; }"},
    {"class I(Interface):\n  pass\n", "interface I { }"},
    {"class A:\nclass B:\n  a : int\n", "class A { }class B { a: int; }"},
    {"def f(x: Tensor,\n    y: Optional[int]=None) -> Tensor:\n  return x\ndef g():\n  pass\n",
     "def f(x: Tensor, y: Optional[int]=None) -> Tensor {(return x)}def g() -> _ {(pass)}"},
    {"x = 1\n", "1:1: found \"x\" where a class or a function is expected"},
    {"  def f():\n    pass\n",
     "1:3: found a deeper indentation where a class or a function is expected"},
    {"class A(Tensor):\n  a : int\n",
     "1:9: this kind of class is not known: Module, NamedTuple, Enum, Interface or ModuleInterface "
     "is expected"},
    {"class A:\n  a : int\n  a : int\n", "3:3: \"a\" is defined twice"},
    {"class A:\n  def f():\n    pass\n  def f():\n    pass\n", "4:3: \"f\" is defined twice"},
    {"class A:\nclass A:\n", "2:1: \"A\" is defined twice"},
    {"def A():\n  pass\ndef A():\n  pass\n", "3:1: \"A\" is defined twice"},
    {"class A(Module):\n  __buffers__ = [1]\n", "2:18: found \"1\" where a string is expected"},
    {"class A(Module):\n  x : Final = 1\n", "2:7: Final has 0 arguments"},
    {"class A(Module):\n  return\n",
     "2:9: found the end of the line where \":\" or \"=\" is expected"},
    {"class A(Module):\n  [x]\n", "2:3: found \"[\" where the name of an attribute is expected"},
    {"class E(Enum):\n  A = \"a\n", "2:7: this string is not closed"},
    {"def f(1):\n  pass\n", "1:7: found \"1\" where the name of a parameter is expected"},
    {"def f():\n", "2:1: found the end of the text where an indented block is expected"},
    {"def f()\n  pass\n", "1:8: found the end of the line where \":\" is expected"},
};

START_TEST(whole_file)
{
    ck_assert_str_eq(parsed(files[_i].text, strlen(files[_i].text), false), files[_i].tree);
}
END_TEST

static const row types[] = {
    {"Tensor", "Tensor"},
    {"Dict[str, List[Optional[Tensor]]]", "Dict[str, List[Optional[Tensor]]]"},
    {"Tuple[()]", "Tuple[()]"},
    {"Tuple[]", "Tuple[()]"},
    {"Union[int, NoneType, str]", "Union[int, NoneType, str]"},
    {"Future[Tuple[Tensor,int]]", "Future[Tuple[Tensor, int]]"},
    {"__torch__.torch.classes.quantized.X", "__torch__.torch.classes.quantized.X"},
    {"None", "None"},
    {"Stream", "Stream"},
    {"", "the type \"\": found the end of the text where a type is expected"},
    {"List[int",
     "the type \"List[int\": found the end of the line where \",\" or \"]\" is expected"},
    {"int int", "the type \"int int\": found \"int\" where the end of the type is expected"},
    {"Optional[int, int]", "the type \"Optional[int, int]\": the type Optional has 2 arguments"},
    {"List[\"int\"]", "the type \"List[\\x22int\\x22]\": found a string where a type is expected"},
};

START_TEST(type)
{
    inc_frame frame;
    if (inc_try(cx, &frame)) {
        const incts_type *t = incts_parse_type(cx, types[_i].text);
        ck_assert_str_eq(incts_type_text(cx, t), types[_i].tree);
        ck_assert(incts_type_equal(t, incts_parse_type(cx, types[_i].tree)));
        ck_assert(!incts_type_equal(t, incts_parse_type(cx, "Generator")));
        inc_try_end(cx, &frame);
    } else {
        ck_assert_str_eq(cx->error.message, types[_i].tree);
    }
}
END_TEST

START_TEST(type_kinds)
{
    ck_assert_int_eq(incts_type_kind_of("int"), INCTS_TYPE_INT);
    ck_assert_int_eq(incts_type_kind_of("Scalar"), INCTS_TYPE_NUMBER);
    ck_assert_int_eq(incts_type_kind_of("NoneType"), INCTS_TYPE_NONE);
    ck_assert_int_eq(incts_type_kind_of("__torch__.A"), INCTS_TYPE_CLASS);
    ck_assert_int_eq(incts_type_kind_of("QScheme"), INCTS_TYPE_OTHER);
}
END_TEST

/* ---- places, names and numbers -------------------------------------------------------------- */

static const incts_file *parse_text(const char *text)
{
    inc_frame frame;
    if (!inc_try(cx, &frame))
        ck_abort_msg("%s", cx->error.message);
    const incts_file *f = incts_parse(cx, "code/test.py", text, strlen(text));
    inc_try_end(cx, &frame);
    return f;
}

START_TEST(places_and_lookups)
{
    const incts_file *f = parse_text("class A(Module):\n  w : Tensor\n  def g(self):\n"
                                     "    x = (a).b(c, torch.neg(c))\n    return x\n"
                                     "def h(x):\n  return -x + y.z[0]\n");
    const incts_class *c = incts_find_class(f, "A");
    ck_assert_ptr_nonnull(c);
    ck_assert_uint_eq(c->line, 1);
    ck_assert_ptr_null(incts_find_class(f, "B"));
    const incts_attribute *w = incts_find_attribute(c, "w");
    ck_assert_uint_eq(w->line, 2);
    ck_assert_uint_eq(w->column, 3);
    ck_assert_ptr_null(incts_find_attribute(c, "g"));
    const incts_function *g = incts_find_method(c, "g");
    ck_assert_ptr_eq(g->owner, c);
    ck_assert_str_eq(g->entry, "code/test.py");
    ck_assert_ptr_null(incts_find_method(c, "w"));
    const incts_stmt *assign = incts_body_of(g, NULL)->items[0];
    ck_assert_uint_eq(assign->line, 4);
    ck_assert_uint_eq(assign->column, 5);
    const incts_expr *call = assign->assign.value;
    ck_assert_uint_eq(call->column, 9);
    ck_assert_uint_eq(call->call.args[1]->column, 18);
    ck_assert_ptr_eq(assign->assign.targets[0]->name,
                     incts_body_of(g, NULL)->items[1]->value->name);
    const incts_function *h = incts_find_function(f, "h");
    ck_assert_ptr_null(h->owner);
    const incts_expr *sum = incts_body_of(h, NULL)->items[0]->value;
    ck_assert_uint_eq(sum->column, 10);
    ck_assert_uint_eq(sum->right->column, 15);
    ck_assert_uint_eq(sum->right->line, 7);
}
END_TEST

START_TEST(bodies_are_parsed_when_somebody_asks)
{
    inc_frame frame;
    const incts_file *f = parse_text("class A(Module):\n"
                                     "  def g(self):\n"
                                     "    x = [1,\n"
                                     "2, \'\'\'\n\"\'\'\', \")\"]  # (\n"
                                     "\n"
                                     "    def inner():\n"
                                     "      return x\n"
                                     "    return inner()\n"
                                     "  def broken(self):\n"
                                     "    return ]\n"
                                     "def h():\r\n  y = 1 + \\\n1\r\n  return y");
    const incts_class *c = incts_find_class(f, "A");
    const incts_function *g = incts_find_method(c, "g"), *broken = incts_find_method(c, "broken");
    ck_assert_uint_eq(incts_body_of(incts_find_function(f, "h"), NULL)->n, 2);
    const incts_block *body = incts_body_of(g, NULL);
    ck_assert_uint_eq(body->n, 3);
    ck_assert_uint_eq(body->items[1]->line, 7);
    ck_assert_ptr_eq(body, incts_body_of(g, NULL));
    for (int i = 0; i < 2; i++)
        if (inc_try(cx, &frame)) {
            incts_body_of(broken, NULL);
            ck_abort_msg("not raised");
        } else {
            ck_assert_int_eq(cx->error.status, INC_E_FORMAT);
            ck_assert_uint_eq(cx->error.where.line, 11);
            ck_assert_uint_eq(cx->error.where.column, 12);
        }
    ck_assert_uint_eq(incts_body_of(g, NULL)->n, 3);
}
END_TEST

/* What is called once is not kept; what holds a function that may be called later is. */
START_TEST(bodies_end_with_their_scratch)
{
    inc_frame frame;
    ck_assert(inc_try(cx, &frame));
    const incts_file *f = parse_text("def once():\n"
                                     "  x = [1, 2]\n"
                                     "  return x\n"
                                     "def holds():\n"
                                     "  def inner():\n"
                                     "    return 1\n"
                                     "  return inner()\n");
    inccx *scratch;
    ck_assert_uint_eq(incts_body_of(f->functions[0], &scratch)->n, 2);
    ck_assert_ptr_nonnull(scratch);
    inc_scratch_free(scratch);
    const incts_block *again = incts_body_of(f->functions[0], &scratch);
    ck_assert_ptr_null(scratch);
    ck_assert_uint_eq(again->n, 2);
    ck_assert_ptr_eq(again, incts_body_of(f->functions[0], &scratch));
    ck_assert_uint_eq(incts_body_of(f->functions[1], &scratch)->n, 2);
    ck_assert_ptr_null(scratch);
    inc_try_end(cx, &frame);
}
END_TEST

START_TEST(ints_have_a_float_value)
{
    const incts_file *f = parse_text("def f():\n  x = [10000000000, -99999999999999999, 3]\n");
    const incts_expr *list = incts_body_of(f->functions[0], NULL)->items[0]->assign.value;
    ck_assert_int_eq(list->items[0]->kind, INCTS_INT);
    ck_assert(list->items[0]->number.i == 10000000000 && list->items[0]->number.f == 1e10);
    ck_assert(list->items[1]->number.f == -99999999999999999.0);
    ck_assert(list->items[2]->number.f == 3.0);
}
END_TEST

/* ---- bounds --------------------------------------------------------------------------------- */

static const struct {
    const char *before, *open, *middle, *close;
} nestings[] = {
    {"def f():\n  x = ", "(", "1", ")"},
    {"def f():\n  x = ", "[", "1", "]"},
    {"def f():\n  x = ", "{1: ", "1", "}"},
    {"def f():\n  x = ", "f(", "1", ")"},
    {"def f():\n  x = ", "x[", "1", "]"},
    {"def f():\n  x = ", "f(a=", "1", ")"},
    {"def f():\n  x = a", "(1)", "", ""},
    {"def f():\n  x = a", ".b", "", ""},
    {"def f():\n  x = a", "[1]", "", ""},
    {"def f():\n  x = a", " + a", "", ""},
    {"def f():\n  x = a", " ** a", "", ""},
    {"def f():\n  x = ", "- ", "a", ""},
    {"def f():\n  x = ", "not ", "a", ""},
    {"def f():\n  x = a", " if a else a", "", ""},
    {"def f():\n  x = ", "annotate(int, ", "a", ")"},
    {"def f():\n  x = annotate(", "List[", "int", "], a)"},
    {"def f():\n  if a:\n    pass\n", "  elif a:\n    pass\n", "", ""},
    {"def f():\n  for ", "(", "a", ")"},
};

START_TEST(bounds_nesting)
{
    enum { DEEP = 100000 };
    incstr s = {0};
    incstr_add(cx, &s, nestings[_i].before);
    for (int i = 0; i < DEEP; i++)
        incstr_add(cx, &s, nestings[_i].open);
    incstr_add(cx, &s, nestings[_i].middle);
    for (int i = 0; i < DEEP; i++)
        incstr_add(cx, &s, nestings[_i].close);
    incstr_add(cx, &s, "\n");
    const char *answer = parsed(s.text, s.n, false);
    ck_assert_int_eq(cx->error.status, INC_E_LIMIT);
    ck_assert_msg(strstr(answer, "256 levels deep") != NULL, "%s", answer);
}
END_TEST

START_TEST(bounds_blocks)
{
    incstr s = {0};
    incstr_add(cx, &s, "def f():\n");
    for (int i = 1; i < 2000; i++)
        incstr_addf(cx, &s, "%*sif a:\n", i, "");
    parsed(s.text, s.n, false);
    ck_assert_int_eq(cx->error.status, INC_E_LIMIT);
}
END_TEST

START_TEST(allows_depth)
{
    enum { DEEP = 200 };
    incstr s = {0};
    incstr_add(cx, &s, "def f():\n  x = ");
    for (int i = 0; i < DEEP; i++)
        incstr_add(cx, &s, "f(");
    incstr_add(cx, &s, "a");
    for (int i = 0; i < DEEP; i++)
        incstr_add(cx, &s, ")");
    incstr_add(cx, &s, "\n");
    const char *answer = parsed(s.text, s.n, true);
    ck_assert_msg(incstr_starts(answer, " {(= x <- (call f"), "%s", answer);
}
END_TEST

/* Every beginning of a text is refused or accepted, and nothing is read behind it. */
START_TEST(survives_truncation)
{
    const char *text = files[2].text;
    for (size_t n = 0; n < strlen(text); n++) {
        char *exact = malloc(n + 1); /* one more, because n may be 0 */
        memcpy(exact + 1, text, n);
        parsed(exact + 1, n, false);
        free(exact);
    }
}
END_TEST

/* ---- real files ----------------------------------------------------------------------------- */

static const char *const real_files[] = {"scripted.py", "traced.py"};

/* With INC_UPDATE_GOLDEN set the expected tree is written instead. */
START_TEST(real_file)
{
    size_t n;
    const char *text = read_all(cx, recorded_path(cx, real_files[_i], ""), &n);
    const char *golden = recorded_path(cx, real_files[_i], ".tree");
    const char *tree = inc_printf(cx, "%s\n", parsed(text, n, false));
    if (getenv("INC_UPDATE_GOLDEN")) {
        FILE *stream = fopen(golden, "wb");
        ck_assert(stream && fputs(tree, stream) >= 0 && fclose(stream) == 0);
    }
    ck_assert_str_eq(tree, read_all(cx, golden, &n));
}
END_TEST

static void *alloc_until(size_t size, void *user_data)
{
    int *left = user_data;
    return *left > 0 ? (--*left, malloc(size)) : NULL;
}

static void free_any(void *memory, void *user_data)
{
    (void)user_data;
    free(memory);
}

/* Each allocation fails in turn, until there are enough; of very many, as exact_arena makes, not
 * each. */
START_TEST(survives_lack_of_memory)
{
    size_t n;
    const char *text = read_all(cx, recorded_path(cx, real_files[0], ""), &n);
    volatile bool is_parsed = false;
    for (int allowed = 1; !is_parsed; allowed += 1 + allowed / 200) {
        int left = allowed;
        inccx *small = inccx_new(&(inc_hooks){alloc_until, free_any, &left});
        inc_frame frame;
        if (inc_try(small, &frame)) {
            incstr all = {0};
            print_file(small, &all, incts_parse(small, "code/test.py", text, n));
            is_parsed = true;
            inc_try_end(small, &frame);
        } else {
            ck_assert_int_eq(small->error.status, INC_E_MEMORY);
        }
        inccx_free(small);
        ck_assert_int_lt(allowed, 1000000);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parse");
    TCase *tc = tcase_create("parse");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, statement, 0, INC_COUNT(statements));
    tcase_add_loop_test(tc, whole_file, 0, INC_COUNT(files));
    tcase_add_loop_test(tc, type, 0, INC_COUNT(types));
    tcase_add_test(tc, type_kinds);
    tcase_add_test(tc, places_and_lookups);
    tcase_add_test(tc, bodies_are_parsed_when_somebody_asks);
    tcase_add_test(tc, bodies_end_with_their_scratch);
    tcase_add_test(tc, ints_have_a_float_value);
    tcase_add_loop_test(tc, bounds_nesting, 0, INC_COUNT(nestings));
    tcase_add_test(tc, bounds_blocks);
    tcase_add_test(tc, allows_depth);
    tcase_add_test(tc, survives_truncation);
    tcase_add_loop_test(tc, real_file, 0, INC_COUNT(real_files));
    tcase_add_test(tc, survives_lack_of_memory);
    suite_add_tcase(suite, tc);
    return tst_run(suite);
}
