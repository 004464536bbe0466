# SPDX-License-Identifier: Apache-2.0
"""Operators that the files of PyTorch's own writers seldom or never name: other names of an operator, which it
writes in one form only, kernels of other devices, overloads that Python does not spell, questions that have one
answer. The code in the archive is written here; the answers are PyTorch's, of the operator itself where the CPU
has it, else of the one that it is the same as."""
import torch
import torch.nn.functional as F

from record import *

family("by_name")

aten = torch.ops.aten
X = f(2, 3)
Y = f(2, 3, span=2.0) + 0.125
M = f(3, 3)


def same(name, calls, *inputs, **o):
    """calls: the code of an operator and what it answers, each a result."""
    answers = [answer for _, answer in calls.values()]
    code(name, [call for call, _ in calls.values()], *inputs, rows=list(calls),
         answer=lambda *x: tuple(a(*x) for a in answers), **o)


def named(*names, namespace="aten"):
    """Operators of one tensor, by their own answers."""
    return {f"aten::{n}": (f"torch.{n}(a)", getattr(aten, n)) for n in names}


# --- other names

same("unary", named("absolute", "arcsinh", "arctan", "negative", "fix", "special_erf", "special_erfc", "special_exp2",
                    "special_expit", "special_expm1", "special_sinc", "special_round"), X)
same("unary_inside", named("arccos", "arcsin", "arctanh"), unit(2, 3))
same("erfinv", named("special_erfinv"), unit(2, 3) * 0.5)
same("unary_positive", {**named("special_log1p"), "aten::arccosh": ("torch.arccosh(torch.add(a, 1))", lambda a: torch.arccosh(a + 1))}, pos(2, 3))
same("logit", {"aten::special_logit": ("torch.special_logit(a)", torch.special.logit)}, unit(2, 3).abs() * 0.5 + 0.25)
BINARY = {"divide": lambda a, b: a / b, "multiply": torch.mul, "subtract": torch.sub, "true_divide": torch.true_divide, "greater": torch.gt,
          "greater_equal": torch.ge, "less": torch.lt, "less_equal": torch.le, "not_equal": torch.ne}
same("binary", {f"aten::{n}.Tensor": (f"torch.{n}(a, b)", fn) for n, fn in BINARY.items()}, X, Y)
same("binary_scalar", {f"aten::{n}.Scalar": (f"torch.{n}(a, 0.75)", lambda a, fn=fn: fn(a, 0.75)) for n, fn in BINARY.items()}, X)
same("divide_mode", {
    "aten::divide.Tensor_mode": ('torch.divide(a, b, rounding_mode="floor")', lambda a, b: torch.divide(a, b, rounding_mode="floor")),
    "aten::divide.Scalar_mode": ('torch.divide(a, 0.75, rounding_mode="trunc")', lambda a, b: torch.divide(a, 0.75, rounding_mode="trunc")),
    "aten::rsub.Tensor": ("torch.rsub(a, b, alpha=2)", lambda a, b: torch.rsub(a, b, alpha=2)),
    "aten::arctan2": ("torch.arctan2(a, b)", torch.arctan2),
    "aten::clip": ("torch.clip(a, -0.5, 1.)", lambda a, b: a.clip(-0.5, 1.0)),
    "aten::clip.Tensor": ("torch.clip(a, b)", lambda a, b: torch.clip(a, b)),
}, X, Y)
same("xlogy", {
    "aten::special_xlogy": ("torch.special_xlogy(a, b)", torch.special.xlogy),
    "aten::special_xlogy.other_scalar": ("torch.special_xlogy(a, 2.)", lambda a, b: torch.special.xlogy(a, 2.0)),
    "aten::special_xlogy.self_scalar": ("torch.special_xlogy(2., b)", lambda a, b: torch.special.xlogy(2.0, b)),
}, X, pos(2, 3))
same("along_axis", {
    "aten::special_softmax": ("torch.special_softmax(a, 1)", lambda a: a.softmax(1)),
    "aten::special_log_softmax": ("torch.special_log_softmax(a, 1)", lambda a: a.log_softmax(1)),
    "aten::special_logsumexp": ("torch.special_logsumexp(a, [1])", lambda a: a.logsumexp(1)),
    "aten::native_norm": ("torch.native_norm(a, 2)", lambda a: a.norm(2)),
    "aten::native_norm.ScalarOpt_dim_dtype": ("torch.native_norm(a, 2, [1], True, None)", lambda a: a.norm(2, 1, True)),
}, X)
same("joined", {
    "aten::concat": ("torch.concat([a, b], 1)", lambda a, b: torch.cat([a, b], 1)),
    "aten::concatenate": ("torch.concatenate([a, b], 0)", lambda a, b: torch.cat([a, b])),
    "aten::row_stack": ("torch.row_stack([a, b])", lambda a, b: torch.vstack([a, b])),
}, X, Y)
same("axes", {
    "aten::moveaxis.int": ("torch.moveaxis(a, 0, 2)", lambda a: a.moveaxis(0, 2)),
    "aten::moveaxis.intlist": ("torch.moveaxis(a, [0, 1], [1, 2])", lambda a: a.moveaxis([0, 1], [1, 2])),
    "aten::swapaxes": ("torch.swapaxes(a, 0, 1)", lambda a: a.swapaxes(0, 1)),
    "aten::swapdims": ("torch.swapdims(a, 0, -1)", lambda a: a.swapdims(0, -1)),
    "aten::swapaxes_": ("torch.swapaxes_(torch.clone(a), 0, 1)", lambda a: a.swapaxes(0, 1)),
    "aten::swapdims_": ("torch.swapdims_(torch.clone(a), 1, 2)", lambda a: a.swapdims(1, 2)),
    "aten::adjoint": ("torch.adjoint(a)", lambda a: a.mT),
}, f(2, 3, 4))
same("matrix_axes", {
    "aten::mT.a": ("ops.aten.mT(a)", lambda a: a.mT),
    "aten::mH.a": ("ops.aten.mH(a)", lambda a: a.mT),
    "aten::matrix_H.a": ("ops.aten.matrix_H(a)", lambda a: a.mT),
    "aten::numpy_T.a": ("ops.aten.numpy_T(a)", lambda a: a.T),
}, X)
same("matrices", {
    "aten::linalg_matmul": ("torch.linalg_matmul(a, b)", torch.matmul),
    "aten::matrix_power": ("torch.matrix_power(a, 3)", lambda a, b: torch.matrix_power(a, 3)),
    "aten::ger": ("torch.ger(torch.select(a, 0, 0), torch.select(b, 0, 1))", lambda a, b: torch.outer(a[0], b[1])),
}, M, f(3, 3))
same("det", {"aten::det": ("torch.det(a)", torch.det)}, M)
same("inverse", {"aten::inverse": ("torch.inverse(torch.add(torch.mul(a, 0.125), torch.eye(2)))",
                                   lambda a: torch.inverse(a * 0.125 + torch.eye(2)))}, f(2, 2))
same("compared", {"aten::equal": ("torch.tensor(torch.equal(torch.zeros([2]), torch.zeros([2])))", lambda a: torch.tensor(True)),
                  "aten::allclose": ("torch.tensor(torch.allclose(torch.zeros([2]), torch.ones([2])))", lambda a: torch.tensor(False))}, X)
same("made", {
    "aten::range": ("torch.add(torch.range(1, 4), torch.mul(torch.sum(a), 0))", lambda a: torch.arange(1.0, 5.0) + a.sum() * 0),
    "aten::_efficientzerotensor": ("torch.add(torch._efficientzerotensor([2, 3]), a)", lambda a: a),
}, X)
same("split", {"aten::split": ("torch.select(torch.stack(torch.split(a, [1, 1], 0), 0), 0, 1)", lambda a: a[1:])}, X)
same("copies", {
    "aten::_conj": ("torch._conj(a)", lambda a: a),
    "aten::_conj_copy": ("torch._conj_copy(a)", lambda a: a),
    "aten::_reshape_copy": ("torch._reshape_copy(a, [3, 2])", lambda a: a.reshape(3, 2)),
    "aten::_reshape_alias_copy": ("torch._reshape_alias_copy(a, [3, 2], [2, 1])", lambda a: a.reshape(3, 2)),
    "aten::_reshape_from_tensor": ("torch._reshape_from_tensor(a, torch.tensor([3, 2]))", lambda a: a.reshape(3, 2)),
    "aten::data": ("ops.prim.data(a)", lambda a: a),
    "aten::cuda": ("torch.cuda(a)", lambda a: a),
    "aten::pin_memory": ("torch.pin_memory(a)", lambda a: a),
    "prim::abs": ("ops.prim.abs(a)", torch.abs),
    "aten::to.prim_dtype": ("torch.to(a, 7)", lambda a: a.double()),
    "aten::to.prim_other": ("torch.to(a)", lambda a: a),
    "aten::_autocast_to_full_precision": ("torch._autocast_to_full_precision(a, False, True)", lambda a: a),
}, X)

# --- kernels of other devices, or of formats that the CPU does not have here

IMAGE, KERNEL, BIAS = f(1, 4, 5, 5), f(4, 1, 3, 3), f(4)
same("conv2d_kernels", {
    "aten::_conv_depthwise2d": ("torch._conv_depthwise2d(a, b, [3, 3], c, [1, 1], [1, 1], [1, 1])", lambda a, b, c: F.conv2d(a, b, c, padding=1, groups=4)),
    "aten::cudnn_convolution": ("torch.cudnn_convolution(a, b, [1, 1], [2, 2], [1, 1], 4, False, False, True)",
                                lambda a, b, c: F.conv2d(a, b, None, stride=2, padding=1, groups=4)),
    "aten::miopen_convolution": ("torch.miopen_convolution(a, b, c, [1, 1], [1, 1], [1, 1], 4, False, False)",
                                 lambda a, b, c: F.conv2d(a, b, c, padding=1, groups=4)),
    "aten::cudnn_convolution_transpose": ("torch.cudnn_convolution_transpose(a, b, [1, 1], [0, 0], [2, 2], [1, 1], 4, False, False, True)",
                                          lambda a, b, c: F.conv_transpose2d(a, b, None, stride=2, padding=1, groups=4)),
    "aten::convolution_overrideable": ("torch.convolution_overrideable(a, b, c, [1, 1], [1, 1], [1, 1], False, [0, 0], 4)",
                                       lambda a, b, c: F.conv2d(a, b, c, padding=1, groups=4)),
    "aten::_convolution.deprecated": ("torch._convolution(a, b, c, [1, 1], [1, 1], [1, 1], False, [0, 0], 4, False, False, True)",
                                      lambda a, b, c: F.conv2d(a, b, c, padding=1, groups=4)),
}, IMAGE, KERNEL, BIAS)
same("conv3d_kernels", {"aten::conv_depthwise3d": ("torch.conv_depthwise3d(a, b, [3, 3, 3], c, [1, 1, 1], [1, 1, 1], [1, 1, 1])",
                                                   lambda a, b, c: F.conv3d(a, b, c, padding=1, groups=2))}, f(1, 2, 3, 4, 4), f(2, 1, 3, 3, 3), f(2))
NORM = "a, b, c, torch.mul(b, 0.5), torch.add(torch.abs(c), 1)"
normed = lambda a, b, c: F.batch_norm(a, b * 0.5, c.abs() + 1, b, c, False, 0.1, 1e-5)
same("norm_kernels", {
    "aten::cudnn_batch_norm": (f"(torch.cudnn_batch_norm({NORM}, False, 0.1, 1.0000000000000001e-05))[0]", normed),
    "aten::miopen_batch_norm": (f"(torch.miopen_batch_norm({NORM}, False, 0.1, 1.0000000000000001e-05))[0]", normed),
    "aten::_batch_norm_no_update": (f"(torch._batch_norm_no_update({NORM}, 0.1, 1.0000000000000001e-05))[0]", normed),
    "aten::_native_batch_norm_legit_functional": (f"(torch._native_batch_norm_legit_functional({NORM}, False, 0.1, 1.0000000000000001e-05))[0]", normed),
}, f(2, 3, 4), f(3), f(3))
same("mkldnn", {
    "aten::mkldnn_linear": ("torch.mkldnn_linear(torch.select(torch.select(a, 0, 0), 0, 0), b, c)", lambda a, b, c: F.linear(a[0, 0], b, c)),
    "aten::mkldnn_max_pool2d": ("torch.mkldnn_max_pool2d(a, [2, 2], [2, 2])", lambda a, b, c: F.max_pool2d(a, 2)),
    "aten::mkldnn_adaptive_avg_pool2d": ("torch.mkldnn_adaptive_avg_pool2d(a, [2, 2])", lambda a, b, c: F.adaptive_avg_pool2d(a, 2)),
}, f(1, 2, 4, 4), f(3, 4), f(3))
same("mkldnn_3d", {"aten::mkldnn_max_pool3d": ("torch.mkldnn_max_pool3d(a, [2, 2, 2], [2, 2, 2])", lambda a: F.max_pool3d(a, 2))}, f(1, 2, 4, 4, 4))
Q = f(1, 2, 3, 4), f(1, 2, 5, 4), f(1, 2, 5, 4)
attend = lambda a, b, c: F.scaled_dot_product_attention(a, b, c)
same("attention_kernels", {
    "aten::_scaled_dot_product_flash_attention": ("(torch._scaled_dot_product_flash_attention(a, b, c))[0]", attend),
    "aten::_scaled_dot_product_efficient_attention": ("(torch._scaled_dot_product_efficient_attention(a, b, c, None, False))[0]", attend),
    "aten::_scaled_dot_product_cudnn_attention": ("(torch._scaled_dot_product_cudnn_attention(a, b, c, None, False))[0]", attend),
    "aten::_scaled_dot_product_fused_attention_overrideable": ("(torch._scaled_dot_product_fused_attention_overrideable(a, b, c))[0]", attend),
}, *Q)


def gru_gates(x, h, hx):
    (xr, xz, xn), (hr, hz, hn) = x.chunk(3, 1), h.chunk(3, 1)
    r, z = torch.sigmoid(xr + hr), torch.sigmoid(xz + hz)
    n = torch.tanh(xn + r * hn)
    return n + z * (hx - n)


def lstm_gates(x, h, cx):
    i, k, g, o = (x + h).chunk(4, 1)
    c = torch.sigmoid(k) * cx + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c)


same("fused_gru", {"aten::_thnn_fused_gru_cell": ("(torch._thnn_fused_gru_cell(a, b, c))[0]", gru_gates)}, f(2, 9), f(2, 9), f(2, 3))
same("fused_lstm", {"aten::_thnn_fused_lstm_cell": ("(torch._thnn_fused_lstm_cell(a, b, c))[0]", lstm_gates)}, f(2, 12), f(2, 12), f(2, 3))
def packed_rnn(run, x, weights):
    data, steps = torch._pack_padded_sequence(x, torch.tensor([3, 2]), False)
    data = run(data, steps, torch.zeros(1, 2, 3), weights, True, 1, 0.0, False, False)[0]
    return torch._pad_packed_sequence(data, steps, False, 0.0, 3)[0]


for kind in ("relu", "tanh"):
    call = "(torch._pad_packed_sequence(y, s, False, 0., 3))[0]"
    code(f"rnn_{kind}_packed", [call], f(3, 2, 4), f(3, 4), f(3, 3), rows=[f"aten::rnn_{kind}.data"],
         before=["p, s, = torch._pack_padded_sequence(a, torch.tensor([3, 2]), False)",
                 f"y, h, = torch.rnn_{kind}(p, s, torch.zeros([1, 2, 3]), [b, c, torch.zeros([3]), torch.zeros([3])], True, 1, 0., False, False)"],
         answer=lambda a, b, c, kind=kind: packed_rnn(getattr(torch, f"rnn_{kind}"), a, [b, c, torch.zeros(3), torch.zeros(3)]))
same("trilinear", {"aten::_trilinear": ("torch._trilinear(a, b, c, [], [], [], [1])",
                                        lambda a, b, c: torch._trilinear(a, b, c, [], [], [], [1]))}, X, f(2, 3), f(2, 3))

# --- overloads that Python does not spell

same("indexed", {
    "aten::_unsafe_index_put": ("torch._unsafe_index_put(a, [b], c)", lambda a, b, c: a.index_put((b,), c)),
    "aten::_index_put_impl": ("torch._index_put_impl(a, [b], c)", lambda a, b, c: a.index_put((b,), c)),
    "aten::index_put.hacked_twin": ("torch.index_put(a, annotate(List[Tensor], [b]), c)", lambda a, b, c: a.index_put((b,), c)),
    "aten::embedding_renorm": ("torch.embedding_renorm(a, b, 1., 2.)", lambda a, b, c: torch.embedding_renorm_(a.clone(), b, 1.0, 2.0)),
}, f(4, 3), tensor([0, 2]), f(2, 3))
same("bags", {"aten::_embedding_bag_forward_only": ("(torch._embedding_bag_forward_only(a, b, c))[0]",
                                                    lambda a, b, c: F.embedding_bag(b, a, c, mode="sum"))}, f(5, 3), tensor([0, 2, 4, 1]), tensor([0, 2]))
same("nll_2d", {"aten::nll_loss2d_forward": ("(torch.nll_loss2d_forward(a, b, None, 1, -100))[0]", lambda a, b: F.nll_loss(a, b))},
     f(2, 3, 2, 2), ints(2, 2, 2, low=0, high=3))
same("rrelu", {
    "aten::rrelu_with_noise": ("torch.rrelu_with_noise(a, torch.clone(a), 0.125, 0.25)", lambda a: F.rrelu(a, 0.125, 0.25)),
    "aten::rrelu_with_noise_functional": ("(torch.rrelu_with_noise_functional(a, torch.clone(a), 0.125, 0.25))[0]", lambda a: F.rrelu(a, 0.125, 0.25)),
}, X)
same("bytes", {"aten::view_copy.dtype": ("torch.view_copy(a, 6)", lambda a: a),
               "aten::view.dtype": ("torch.view(a, 6)", lambda a: a)}, X)
same("drawn", {
    "aten::bernoulli.Tensor": ("torch.bernoulli(a, torch.clamp(a, 0., 1.))", lambda a: a),
    "aten::normal.float_Tensor": ("torch.normal(0., torch.abs(a))", lambda a: a),
    "aten::normal_functional": ("torch.normal_functional(a, 0., 1.)", lambda a: a),
    "aten::rand.generator": ("torch.rand([2, 3], generator=None)", lambda a: a),
    "aten::randn.generator": ("torch.randn([2, 3], generator=None)", lambda a: a),
    "aten::randint.generator": ("torch.randint(5, [2, 3], generator=None)", lambda a: a.long()),
    "aten::randint.low_generator": ("torch.randint(1, 5, [2, 3], generator=None)", lambda a: a.long()),
    "aten::randint_like.low_dtype": ("torch.randint_like(a, 1, 5)", lambda a: a),
}, X, atol=float("inf"))
same("permuted", {"aten::randperm.generator": ("torch.randperm(5, generator=None)", lambda a: torch.arange(5))}, X, atol=float("inf"), opset=11)

# --- numbers and questions, answered when the model is evaluated

same("numbers", {
    "aten::FloatImplicit": ("torch.mul(a, ops.aten.FloatImplicit(torch.tensor(2.5)))", lambda a: a * 2.5),
    "aten::_local_scalar_dense": ("torch.mul(a, torch._local_scalar_dense(torch.tensor(3)))", lambda a: a * 3),
    "aten::_list_to_tensor": ("ops.aten._list_to_tensor([1, 2, 3])", lambda a: torch.tensor([1, 2, 3], dtype=torch.int32)),
    "aten::_tensor_to_list": ("torch.reshape(a, ops.aten._tensor_to_list(torch.tensor([3, 2], dtype=3)))", lambda a: a.reshape(3, 2)),
    "aten::as_tensor": ("torch.as_tensor(a)", lambda a: a),
    "aten::as_tensor.bool": ("torch.as_tensor(True)", lambda a: torch.tensor(True)),
    "aten::as_tensor.int": ("torch.as_tensor(4)", lambda a: torch.tensor(4)),
    "prim::NumToTensor.bool": ("torch.logical_not(ops.prim.NumToTensor(True))", lambda a: torch.tensor(False)),
    "aten::sym_numel": ("torch.mul(a, torch.sym_numel(a))", lambda a: a * 6),
    "aten::sym_size": ("torch.mul(a, (torch.sym_size(a))[1])", lambda a: a * 3),
    "aten::sym_size.int": ("torch.mul(a, torch.sym_size(a, 1))", lambda a: a * 3),
    "aten::sym_stride": ("torch.mul(a, (torch.sym_stride(a))[0])", lambda a: a * 3),
    "aten::sym_stride.int": ("torch.mul(a, torch.sym_stride(a, 0))", lambda a: a * 3),
    "aten::sym_storage_offset": ("torch.add(a, torch.sym_storage_offset(a))", lambda a: a),
    "aten::get_device": ("torch.add(a, torch.get_device(a))", lambda a: a - 1),
    "aten::result_type.Scalar_Scalar": ("torch.to(a, torch.result_type(1, 2.))", lambda a: a),
    "aten::result_type.Scalar_Tensor": ("torch.to(a, torch.result_type(1, a))", lambda a: a),
    "aten::_fused_sdp_choice": ("torch.add(a, torch.mul(torch._fused_sdp_choice(a, a, a), 0))", lambda a: a),
}, X)
QUESTIONS = {"aten::is_coalesced": "torch.is_coalesced(a)", "aten::is_conj": "torch.is_conj(a)", "aten::is_distributed": "torch.is_distributed(a)",
             "aten::is_inference": "torch.is_inference(a)", "aten::is_neg": "torch.is_neg(a)", "aten::is_pinned": "torch.is_pinned(a)",
             "aten::_is_zerotensor": "torch._is_zerotensor(a)", "aten::is_vulkan_available": "torch.is_vulkan_available()",
             "aten::is_set_to": "torch.is_set_to(a, torch.clone(a))"}
QUESTIONS.update({f"prim::{n}": f"ops.prim.{n}(a)" for n in ("is_ipu", "is_maia", "is_meta", "is_mkldnn", "is_mps", "is_mtia", "is_nested",
                                                             "is_sparse_csr", "is_vulkan", "is_xla", "is_xpu")})
YES = {"aten::is_contiguous.memory_format": "torch.is_contiguous(a, memory_format=0)",
       "aten::is_non_overlapping_and_dense": "torch.is_non_overlapping_and_dense(a)", "prim::is_cpu": "ops.prim.is_cpu(a)"}
same("questions", {**{row: (f"torch.tensor({call})", lambda a: torch.tensor(False)) for row, call in QUESTIONS.items()},
                   **{row: (f"torch.tensor({call})", lambda a: torch.tensor(True)) for row, call in YES.items()}}, X)
INTERPOLATE = 'mode="nearest"'
same("interpolate", {
    "aten::__interpolate": ("torch.__interpolate(a, 4)", lambda a: F.interpolate(a, 4)),
    "aten::__interpolate.scale_list": ("torch.__interpolate(a, None, [2., 2.])", lambda a: F.interpolate(a, scale_factor=2.0)),
    "aten::__interpolate.size_list": ("torch.__interpolate(a, [4, 6])", lambda a: F.interpolate(a, (4, 6))),
    "aten::__interpolate.size_list_scale_list": ("torch.__interpolate(a, annotate(Optional[List[int]], None), [2., 2.])", lambda a: F.interpolate(a, scale_factor=2.0)),
}, f(1, 1, 2, 3))

# --- checks that leave nothing behind

code("checks", ["a"], X, before=["torch._assert_async(torch.any(torch.gt(a, 0)))", 'torch._assert_async(torch.any(torch.gt(a, 0)), "m")',
                                 'torch._assert_scalar(torch.size(a, 0), "m")', "torch._assert_tensor_metadata(a)",
                                 "torch.sym_constrain_range(torch.size(a, 0))", "torch.sym_constrain_range_for_size(torch.size(a, 0))"],
     rows=["aten::_assert_async", "aten::_assert_async.msg", "aten::_assert_scalar", "aten::_assert_tensor_metadata",
           "aten::sym_constrain_range", "aten::sym_constrain_range_for_size"], answer=lambda a: a)
