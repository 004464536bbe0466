# SPDX-License-Identifier: Apache-2.0
"""For programs written for Intel Neural Compressor: change the imports, and give the FP32 model as a saved file.

    from incexport.neural_compressor import Torch2ONNXConfig, load     # was: neural_compressor.config, .utils.pytorch
    q_model = load("saved", "fp32.pt")                                  # was: load("saved", fp32_model)
    q_model.export("int8.onnx", Torch2ONNXConfig(dtype="int8", input_names=["x"]))

docs/migration.md has each parameter."""
from typing import Any, Optional, Union

from .config import Torch2ONNXConfig as _Config
from .model import Path, Report, export

__all__ = ["QuantizedModel", "Torch2ONNXConfig", "load"]


class Torch2ONNXConfig(_Config):
    """The same; what the library does not know is refused by name, where Neural Compressor keeps it unread."""

    def __init__(self, dtype: str = "int8", opset_version: Union[int, str] = 14, quant_format: str = "QDQ", example_inputs: Any = None,
                 input_names: Any = None, output_names: Any = None, dynamic_axes: Any = None,
                 recipe: str = "QDQ_OP_FP32_BIAS", **kwargs: Any):
        super().__init__(dtype, opset_version, quant_format, example_inputs, input_names, output_names, dynamic_axes,
                         recipe, **kwargs)


class QuantizedModel:
    """What load() returns: the saved FP32 model with a checkpoint over it."""

    def __init__(self, model: Any, checkpoint: Optional[Path]):
        self.model = model
        self.checkpoint = checkpoint

    def export(self, save_path: Path, conf: _Config) -> Report:
        """As neural_compressor.model.torch_model.PyTorchModel.export."""
        checkpoint = self.checkpoint if str(conf.dtype).lower() == "int8" else None
        return export(self.model, save_path, conf, quantized=checkpoint)


def load(checkpoint_dir: Optional[Path], model: Any, history_cfg: None = None, **kwargs: Any) -> QuantizedModel:
    """checkpoint_dir: what q_model.save() wrote, or None where model is the quantized file itself. model: path, bytes or
    torch.jit.ScriptModule of the model from before quantization. Calibration loaders are not needed."""
    if history_cfg is not None or kwargs.get("weight_only"):
        raise NotImplementedError("incexport: neither tuning histories nor weight-only checkpoints can be loaded")
    unknown = set(kwargs) - {"weight_only", "dataloader", "example_inputs"}
    if unknown:
        raise TypeError(f"incexport: load() has no {', '.join(sorted(unknown))}")
    return QuantizedModel(model, checkpoint_dir)
