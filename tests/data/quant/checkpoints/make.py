#!/usr/bin/env python3
"""Writes the checkpoints of this folder: make.py OUTDIR, with PyTorch 2.6.

NAME.fp32.pt is the FP32 model, traced, NAME.state.pt the state_dict of the quantized one, NAME.npz an input
(in_0) and the quantized model's answer (out_0). The models are those of tests/live/checkpoint_models.py. Files
without a model are functions.state.pt with something changed, or what other kinds of checkpoints hold.
"""
import copy
import os
import pathlib
import sys
import tempfile
import warnings

import numpy
import torch
import torch.nn as nn

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "live"))
import checkpoint_models as zoo  # noqa: E402

OUT = pathlib.Path(sys.argv[1])
warnings.filterwarnings("ignore")


class Elu(nn.Module):
    """PyTorch keeps the scale of its quantized ELU as a plain attribute: best_configure alone has it."""

    def __init__(self):
        super().__init__()
        self.first, self.act, self.pool, self.last = nn.Conv2d(3, 4, 3), nn.ELU(), nn.AvgPool2d(2), nn.Conv2d(4, 2, 1)

    def forward(self, x):
        return self.last(self.pool(self.act(self.first(x))))


zoo.case("elu")(lambda: (Elu(), zoo.images(size=8)))


def record(name):
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        folder = pathlib.Path(folder)
        zoo.write(name, zoo.CASES[name], folder)
        inputs, expected = numpy.load(folder / "inputs.npz"), numpy.load(folder / "expected.npz")
        numpy.savez(OUT / f"{name}.npz", in_0=inputs["in_0_0"], out_0=expected["out_0_0"])
        os.replace(folder / "fp32.pt", OUT / f"{name}.fp32.pt")
        return torch.load(folder / "state.pt", weights_only=False)


def save(name, state):
    torch.save(state, OUT / f"{name}.state.pt")


for name in ("shared", "eager", "qat_fallback", "dynamic_recurrent_eager"):
    save(name, record(name))

state = record("functions")
save("functions", state)
changed = copy.copy(state)
for key in [k for k in state if k.startswith("a.conv.")]:
    changed["a.elsewhere." + key.rpartition(".")[2]] = changed.pop(key)
save("misfit_module", changed)
save("misfit_shape", {k: v[:, :4] if k == "mix.weight" else v for k, v in state.items()})
save("misfit_scale", {**state, "nowhere_scale_0": torch.tensor(0.123), "nowhere_zero_point_0": torch.tensor(3)})
save("misfit_input", {k: v for k, v in state.items() if not k.startswith("first_input_")})
save("ipex", {**state, "best_configure": {"framework": "pytorch_ipex", "approach": "post_training_static_quant"}})
save("weight_only", {"fc.qweight": torch.zeros(4, 4, dtype=torch.int32), "fc.scales": torch.ones(4, 4)})
save("reference", {**state, "mix.weight_qscheme": torch.per_channel_affine})
save("nothing", {"fc.weight": torch.zeros(4, 4)})


def operator(kind, **activation):
    return {"weight": {"dtype": kind, "scheme": "sym", "granularity": "per_channel", "algorithm": "minmax"},
            "activation": {"dtype": "uint8", "scheme": "asym", "quant_mode": "static", **activation}}


torch.manual_seed(3)
torch.backends.quantized.engine = "qnnpack"
with torch.no_grad():
    model, sample = zoo.CASES["elu"]["build"]()
    samples = [sample() for _ in range(zoo.SAMPLES)]
    model = zoo.settle(model, samples)
    torch.jit.trace(model, samples[0]).save(OUT / "elu.fp32.pt")
    quantized = zoo.quantize("static", {}, copy.deepcopy(model), samples)
    numpy.savez(OUT / "elu.npz", in_0=samples[0][0].numpy(), out_0=quantized(*samples[0]).numpy())
state, act = quantized.state_dict(), quantized.act
config = {"framework": "pytorch_fx", "approach": "post_training_static_quant", "fx_sub_module_list": None,
          "op": {("first", "Conv2d"): operator("int8"),
                 ("act", "ELU"): operator("int8", scale=float(act.scale), zero_point=int(act.zero_point))}}
save("elu", {**state, "best_configure": config})
save("elu_nested", {"epoch": 3, "net": {**state, "best_configure": config}})
save("elu_renamed", {"epoch": 3, "ema": {"x": 1}, "mine": {**state, "best_configure": config}})
(OUT / "v1").mkdir(exist_ok=True)
torch.save(state, OUT / "v1" / "best_model_weights.pt")
import yaml  # noqa: E402

(OUT / "v1" / "best_configure.yaml").write_text(yaml.dump(config, default_flow_style=False))
