# SPDX-License-Identifier: Apache-2.0
"""Spectra and complex numbers: transforms of every kind, short-time ones, what is done with complex values."""
import torch
from torch import nn

from record import *

family("spectra")


def pairs(z):
    return torch.view_as_real(z.resolve_conj())


X = f(4, 6)
DYN = [(f(3, 5),), (f(1, 8),)]


def both(name, fn, **options):
    """At sizes that are known, and at others."""
    case(name, fn, X, **options)
    case(name + "_dynamic", fn, X, dyn=DYN, **options)


both("fft", lambda x: pairs(torch.fft.fft(x)))
both("fft_of_fft", lambda x: torch.fft.fft(torch.fft.fft(x), dim=-2).real)
both("fft_longer", lambda x: pairs(torch.fft.fft(x, n=9, dim=0, norm="ortho")))
both("fft_shorter", lambda x: pairs(torch.fft.fft(x, n=3, norm="forward")))
both("ifft", lambda x: pairs(torch.fft.ifft(torch.complex(x, x * 2), dim=0)))
both("ifft_forward", lambda x: pairs(torch.fft.ifft(x, norm="forward")))
both("rfft", lambda x: pairs(torch.fft.rfft(x)))
both("rfft_n", lambda x: pairs(torch.fft.rfft(x, n=7, dim=0, norm="ortho")))
case("rfft_1d", lambda x: pairs(torch.fft.rfft(x)), f(7), dyn=(f(4),))
case("rfft_f64", lambda x: pairs(torch.fft.rfft(x)), f(3, 6, dtype=F64))
case("rfft_i64", lambda x: pairs(torch.fft.rfft(x)), ints(3, 6))
both("irfft", lambda x: torch.fft.irfft(torch.complex(x, x + 1)))
both("irfft_odd", lambda x: torch.fft.irfft(torch.complex(x, x + 1), n=7, norm="ortho"))
both("irfft_size", lambda x: torch.fft.irfft(torch.fft.rfft(x) * 2, n=x.shape[-1]))
both("hfft", lambda x: torch.fft.hfft(torch.complex(x, x + 1)))
both("ihfft", lambda x: pairs(torch.fft.ihfft(x)))
both("fft2", lambda x: pairs(torch.fft.fft2(x)))
both("ifft2", lambda x: pairs(torch.fft.ifft2(torch.complex(x, x + 1), norm="ortho")))
both("rfft2", lambda x: pairs(torch.fft.rfft2(x, norm="ortho")))
both("irfft2", lambda x: torch.fft.irfft2(torch.complex(x, x + 1)))
case("fftn", lambda x: pairs(torch.fft.fftn(x, s=(4, 5), dim=(0, 2))), f(3, 2, 4))
case("ifftn", lambda x: pairs(torch.fft.ifftn(x)), f(3, 2, 4))
case("rfftn", lambda x: pairs(torch.fft.rfftn(x)), f(3, 2, 4))
case("irfftn", lambda x: torch.fft.irfftn(torch.complex(x, x - 1), s=(3, 4, 5)), f(3, 4, 3))
both("fftshift", lambda x: pairs(torch.fft.fftshift(torch.complex(x, x + 1))))
both("ifftshift", lambda x: torch.fft.ifftshift(x, dim=-1))
both("fftfreq", lambda x: x * torch.fft.fftfreq(x.shape[-1], d=0.5))
both("rfftfreq", lambda x: torch.fft.rfft(x).abs() * torch.fft.rfftfreq(x.shape[-1]))
case("fft_one", lambda x: pairs(torch.fft.fft(x)), f(3, 1))
case("rfft_empty_batch", lambda x: pairs(torch.fft.rfft(x)), f(0, 4))
case("rfft_large", lambda x: torch.fft.rfft(x).abs(), f(1, 1100), dyn=(f(1, 300),))
for k in ("fft", "ifft", "rfft"):
    script(f"{k}_script", "x: Tensor", f"return torch.view_as_real(torch.fft.{k}(x).resolve_conj())", X, dyn=DYN)
code("c2c", ["torch.view_as_real(torch._fft_c2c(torch.complex(a, b), [0, 1], 1, False))"], X, X, rows=["aten::_fft_c2c"],
     answer=lambda a, b: pairs(torch.fft.ifft2(torch.complex(a, b), norm="ortho")))
code("r2c", ["torch.view_as_real(torch._fft_r2c(a, [0, 1], 2, True))", "torch.view_as_real(torch._fft_r2c(a, [1], 0, False))"], X,
     rows=["aten::_fft_r2c"], answer=lambda a: (pairs(torch.fft.rfft2(a, norm="forward")), pairs(torch.fft.fft(a))))
code("c2r", ["torch._fft_c2r(torch.complex(a, b), [0, 1], 2, 10)"], X, X, rows=["aten::_fft_c2r"],
     answer=lambda a, b: torch.fft.irfft2(torch.complex(a, b), norm="backward"))

# --- complex numbers
code("copies", ["torch.view_as_real_copy(torch.view_as_complex_copy(torch.stack([a, b], -1)))"], X, X,
     rows=["aten::view_as_complex_copy", "aten::view_as_real_copy"], answer=lambda a, b: torch.stack([a, b], -1))
Z = lambda x: torch.complex(x, x + 1)
W = lambda x: torch.complex(x * 2, x - 1)
both("product", lambda x: pairs(Z(x) * W(x)))
both("product_real", lambda x: pairs(Z(x) * x))
both("product_number", lambda x: pairs(Z(x) * (2 - 1j)))
both("quotient", lambda x: pairs(Z(x) / W(x)))
both("quotient_real", lambda x: pairs(Z(x) / 4))
both("quotient_of_real", lambda x: pairs(x / W(x)))
both("sum", lambda x: pairs(Z(x) + W(x) - x + 2 - 1j))
both("rsub", lambda x: pairs(1 - Z(x)))
both("negative", lambda x: pairs(-Z(x)))
both("conj", lambda x: pairs(Z(x).conj() * W(x)))
both("conj_physical", lambda x: pairs(torch.conj_physical(Z(x))))
both("abs_angle", lambda x: torch.abs(Z(x)) * torch.angle(W(x)))
both("polar", lambda x: pairs(torch.polar(x.abs(), x)))
both("exp", lambda x: pairs(torch.exp(Z(x))))
both("real_imag", lambda x: torch.real(Z(x)) * torch.imag(W(x)))
both("real_of_real", lambda x: torch.real(x) + torch.conj(x))
both("matmul", lambda x: pairs(Z(x) @ W(x).transpose(0, 1)))
both("adjoint", lambda x: pairs(Z(x).adjoint() @ W(x)))
both("einsum", lambda x: pairs(torch.einsum("ij,kj->ik", Z(x), W(x))))
both("moved", lambda x: pairs(torch.cat([Z(x), W(x)], 0).unsqueeze(0).permute(2, 1, 0)[1:].reshape(-1, 2)))
both("reduced", lambda x: pairs(Z(x).sum(-1) + W(x).mean()))
both("picked", lambda x: pairs(torch.where(x > 0, Z(x), torch.zeros_like(W(x))).roll(1, 0).flip(1)))
both("full", lambda x: pairs(torch.full_like(Z(x), 3 - 2j) * torch.full_like(Z(x), 2)))
both("types", lambda x: pairs(x.to(torch.complex64) + Z(x).to(torch.complex64)))
case("f64", lambda x: pairs(torch.complex(x, x + 1) * 2.5), f(3, 2, dtype=F64))
case("view_as_complex", lambda x: pairs(torch.view_as_complex(x) * 2), f(3, 2), dyn=(f(5, 2),))


def write(x):
    z = Z(x).clone()
    z[:, 1:] = 0
    z.mul_(2)
    torch.view_as_real(z)[..., 1] = 3
    z.real.add_(1)
    return pairs(z)


def write_through(x):
    y = torch.stack([x, x + 1], -1)
    z = torch.view_as_complex(y)
    z *= Z(x)
    z.imag[0] = 5
    return y + 0


both("write", write)
both("write_through", write_through)


class Weight(nn.Module):
    def __init__(self):
        super().__init__()
        w = torch.complex(torch.arange(12.0).reshape(2, 6), torch.arange(12.0).reshape(2, 6) / 4)
        self.w = nn.Parameter(w)
        self.register_buffer("b", w.t()[:, 1].clone().t())

    def forward(self, x):
        return pairs(torch.complex(x, x)[:2] * self.w + self.b)


case("weights", Weight, X, made=True)
script("output", "x: Tensor", "return torch.complex(x, x + 1)", X, answer=lambda x: pairs(Z(x)))


# --- short-time transforms
def spectrum(n, hop=None, win=None, window=torch.hann_window, **options):
    w = window(win or n) if window else None
    return lambda x: pairs(torch.stft(x, n, hop, win, w, return_complex=True, **options))


S, SDYN = f(2, 40), (f(1, 53),)
case("stft", spectrum(16, 4), S, dyn=SDYN)
case("stft_plain", spectrum(16, 5), S)
case("stft_1d", spectrum(16, 4), f(40), dyn=(f(51),))
case("stft_off_center", spectrum(16, 4, center=False), S, dyn=SDYN)
case("stft_constant", spectrum(16, 4, pad_mode="constant"), S, dyn=SDYN)
case("stft_replicate", spectrum(16, 4, pad_mode="replicate"), S, dyn=SDYN)
case("stft_win", spectrum(16, 5, 10), S, dyn=SDYN)
case("stft_no_window", spectrum(15, None, 9, None), S, dyn=SDYN)
case("stft_normalized", spectrum(15, 3, window=torch.hamming_window, normalized=True), S, dyn=SDYN)
case("stft_two_sided", spectrum(16, 4, onesided=False), S, dyn=SDYN)
case("stft_complex", lambda x: pairs(torch.stft(torch.complex(x, x.flip(-1)), 16, 4, window=torch.hann_window(16), return_complex=True)), S, dyn=SDYN)
script("stft_script", "x: Tensor", "return torch.view_as_real(torch.stft(x, 16, 4, window=torch.hann_window(16), return_complex=True))",
       S, dyn=SDYN)

CENTRED = "torch.view_as_real(torch.stft(a, 16, 4, None, b, True, '%s', False, True, True))"
for mode in ("reflect", "constant"):
    code(f"stft_center_{mode}", [CENTRED % mode], f(2, 40), torch.hann_window(16), rows=["aten::stft.center"],
         answer=lambda a, b, mode=mode: pairs(torch.stft(a, 16, 4, window=b, pad_mode=mode, return_complex=True)))


def inverse(n, hop=None, win=None, window=torch.hann_window, **options):
    w = window(win or n) if window else None
    return lambda a, b: torch.istft(torch.polar(a.abs(), b), n, hop, win, w, **options)


M, MDYN = (f(2, 9, 7), f(2, 9, 7)), (f(1, 9, 10), f(1, 9, 10))
case("istft", inverse(16, 4), *M, dyn=MDYN)
case("istft_plain", inverse(16, 4), *M)
case("istft_length", inverse(16, 4, length=20), *M, dyn=MDYN)
case("istft_longer", inverse(16, 4, length=50), *M, dyn=[MDYN])
case("istft_win", inverse(16, 3, 12), *M, dyn=MDYN)
case("istft_normalized", inverse(16, 4, normalized=True), *M, dyn=MDYN)
case("istft_off_center", inverse(16, 4, None, None, center=False), *M, dyn=MDYN)
case("istft_two_sided", inverse(8, 2, onesided=False), f(2, 8, 7), f(2, 8, 7))
case("istft_2d", inverse(16, 4), f(9, 7), f(9, 7))

# --- functions of complex numbers, on both sides of the branch cuts
RE = torch.cat([f(12), tensor([1.0, -1.0, 0.0, 0.0, -2.0, 0.0, 3.0])])
IM = torch.cat([f(12).flip(0), tensor([0.0, 0.0, 2.0, -2.0, 1e-3, 0.5, 4.0])])
for name in ("log", "sqrt", "sin", "cos", "sinh", "cosh", "reciprocal", "square"):
    case(f"complex_{name}", lambda a, b, name=name: pairs(getattr(torch, name)(torch.complex(a, b))), RE, IM)
case("complex_sqrt_zero", lambda a, b: pairs(torch.sqrt(torch.complex(a, b))), tensor([0.0, 4.0]), tensor([0.0, 0.0]))
case("complex_pow", lambda a, b: (pairs(torch.complex(a, b) ** 2), pairs(torch.complex(a, b) ** 3), pairs(torch.complex(a, b) ** 0),
                                  pairs(torch.complex(a, b).pow(1.5)), pairs(torch.complex(a, b) ** -1),
                                  pairs(torch.pow(torch.complex(a, b), torch.complex(b, a)))), pos(6), f(6))
case("complex_pow_base", lambda a, b: (pairs(torch.pow(2.0, torch.complex(a, b))), pairs(torch.pow(a, torch.complex(a, b)))), pos(6), f(6))
case("complex_pow_zero", lambda a, b: pairs(torch.complex(a, b).pow(1.5)), tensor([0.0, 1.0]), tensor([0.0, 0.0]))
