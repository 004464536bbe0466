"""transformers' encoders and decoders, with small configurations, each with both ways of attention it offers."""

import functools

import torch
from torch import nn

from . import case as any_case
from . import f32, i64, prefix_mask

try:
    import transformers
except ImportError:
    transformers = None

case = functools.partial(any_case, needs="transformers")

IDS, MASK = i64("N T", high=90, low=3), prefix_mask("N T")
IMAGE = f32("N 3 32 32")
TINY = {"vocab_size": 99, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 37,
        "max_position_embeddings": 64}


class Positional(nn.Module):
    """Tensors in a fixed order in; the named fields of the model's answer out."""

    def __init__(self, model, arguments, fields, **fixed):
        super().__init__()
        self.model, self.arguments, self.fields, self.fixed = model, arguments, fields, fixed

    def forward(self, *tensors):
        answer = self.model(**dict(zip(self.arguments, tensors)), **self.fixed)
        return tuple(answer[f] for f in self.fields)


def hugging(name, config, model, arguments, fields, *inputs, options=None, fixed=None, ways=("eager", "sdpa"), **more):
    """One case for each way of attention. `config` and `model` are names in transformers."""
    arguments, fields = arguments.split(), fields.split()
    for way in ways:

        def build(way=way):
            settings = getattr(transformers, config)(**(TINY if options is None else options))
            settings.use_cache = False
            whole = getattr(transformers, model)._from_config(settings, attn_implementation=way)
            return Positional(whole, arguments, fields, **(fixed or {}))

        case(f"{name}_{way}", build, *inputs, **more)


BOTH = "last_hidden_state pooler_output"

hugging("bert", "BertConfig", "BertModel", "input_ids attention_mask token_type_ids", BOTH, IDS, MASK,
        i64("N T", high=2), quick=True)
hugging("bert_classifier", "BertConfig", "BertForSequenceClassification", "input_ids attention_mask", "logits", IDS, MASK)
hugging("bert_masked_words", "BertConfig", "BertForMaskedLM", "input_ids", "logits", IDS, ways=("eager",))
hugging("roberta", "RobertaConfig", "RobertaModel", "input_ids attention_mask", BOTH, IDS, MASK,
        options={**TINY, "type_vocab_size": 1, "pad_token_id": 1})
hugging("distilbert", "DistilBertConfig", "DistilBertModel", "input_ids attention_mask", "last_hidden_state", IDS, MASK,
        options={"vocab_size": 99, "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 37})
hugging("albert", "AlbertConfig", "AlbertModel", "input_ids attention_mask", BOTH, IDS, MASK,
        options={**TINY, "embedding_size": 16})
hugging("electra", "ElectraConfig", "ElectraModel", "input_ids attention_mask", "last_hidden_state", IDS, MASK,
        options={**TINY, "embedding_size": 16})
hugging("mpnet", "MPNetConfig", "MPNetModel", "input_ids attention_mask", "last_hidden_state", IDS, MASK, ways=("eager",))
hugging("gpt2", "GPT2Config", "GPT2LMHeadModel", "input_ids attention_mask", "logits", IDS, MASK, quick=True,
        options={"vocab_size": 99, "n_positions": 64, "n_embd": 32, "n_layer": 2, "n_head": 4})
hugging("gpt2_no_mask", "GPT2Config", "GPT2Model", "input_ids", "last_hidden_state", IDS,
        options={"vocab_size": 99, "n_positions": 64, "n_embd": 32, "n_layer": 2, "n_head": 4})
LLAMA = {**TINY, "num_key_value_heads": 2}
hugging("llama", "LlamaConfig", "LlamaForCausalLM", "input_ids attention_mask", "logits", IDS, MASK, options=LLAMA, quick=True)
hugging("mistral", "MistralConfig", "MistralModel", "input_ids attention_mask", "last_hidden_state", IDS, MASK,
        options={**LLAMA, "sliding_window": 4})
hugging("qwen2", "Qwen2Config", "Qwen2Model", "input_ids", "last_hidden_state", IDS, options=LLAMA)
hugging("opt", "OPTConfig", "OPTModel", "input_ids attention_mask", "last_hidden_state", IDS, MASK,
        options={"vocab_size": 99, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "ffn_dim": 37,
                 "max_position_embeddings": 64, "word_embed_proj_dim": 32})
T5 = {"vocab_size": 99, "d_model": 32, "d_kv": 8, "d_ff": 37, "num_layers": 2, "num_heads": 4}
hugging("t5_encoder", "T5Config", "T5EncoderModel", "input_ids attention_mask", "last_hidden_state", IDS, MASK, options=T5,
        ways=("eager",), quick=True)
hugging("t5", "T5Config", "T5ForConditionalGeneration", "input_ids attention_mask decoder_input_ids", "logits", IDS, MASK,
        i64("N S", high=90, low=3), options=T5, ways=("eager",), fixed={"use_cache": False})
BART = {"vocab_size": 99, "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
        "decoder_attention_heads": 4, "encoder_ffn_dim": 37, "decoder_ffn_dim": 37, "max_position_embeddings": 64}
hugging("bart", "BartConfig", "BartModel", "input_ids attention_mask decoder_input_ids", "last_hidden_state", IDS, MASK,
        i64("N S", high=90, low=3), options=BART, fixed={"use_cache": False})
VISION = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 37, "image_size": 32,
          "patch_size": 8}
hugging("hf_vit", "ViTConfig", "ViTForImageClassification", "pixel_values", "logits", IMAGE, options=VISION)
hugging("deit", "DeiTConfig", "DeiTModel", "pixel_values", BOTH, IMAGE, options=VISION)
hugging("beit", "BeitConfig", "BeitModel", "pixel_values", BOTH, IMAGE, ways=("eager",),
        options={**VISION, "use_relative_position_bias": True})
hugging("dinov2", "Dinov2Config", "Dinov2Model", "pixel_values", BOTH, IMAGE,
        options={k: v for k, v in VISION.items() if k != "intermediate_size"})
hugging("hf_swin", "SwinConfig", "SwinModel", "pixel_values", BOTH, IMAGE, ways=("eager",),
        options={"image_size": 32, "patch_size": 2, "embed_dim": 16, "depths": [2, 2], "num_heads": [2, 4], "window_size": 4})
hugging("segformer", "SegformerConfig", "SegformerForSemanticSegmentation", "pixel_values", "logits", f32("N 3 64 64"),
        ways=("eager",), options={"hidden_sizes": [8, 16, 16, 32], "depths": [1, 1, 1, 1], "decoder_hidden_size": 16})
hugging("hf_convnext", "ConvNextConfig", "ConvNextModel", "pixel_values", BOTH, IMAGE, ways=("eager",),
        options={"hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 2, 1]})
CLIP_TEXT = {**TINY, "eos_token_id": 98}
hugging("clip_text", "CLIPTextConfig", "CLIPTextModel", "input_ids attention_mask", BOTH, IDS, MASK, options=CLIP_TEXT)
hugging("clip_vision", "CLIPVisionConfig", "CLIPVisionModel", "pixel_values", BOTH, IMAGE, options=VISION)
WHISPER = {"vocab_size": 99, "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
           "decoder_attention_heads": 4, "encoder_ffn_dim": 37, "decoder_ffn_dim": 37, "max_source_positions": 30,
           "max_target_positions": 20, "num_mel_bins": 16, "pad_token_id": 1, "bos_token_id": 2, "eos_token_id": 2,
           "decoder_start_token_id": 3}


def whisper_encoder(way):
    settings = transformers.WhisperConfig(**WHISPER)
    encoder = transformers.models.whisper.modeling_whisper.WhisperEncoder._from_config(settings, attn_implementation=way)
    return Positional(encoder, ["input_features"], ["last_hidden_state"])


for attention in ("eager", "sdpa"):
    case(f"whisper_encoder_{attention}", functools.partial(whisper_encoder, attention), f32("N 16 60"))
hugging("whisper", "WhisperConfig", "WhisperModel", "input_features decoder_input_ids", "last_hidden_state", f32("N 16 60"),
        i64("N S", high=90, low=4), options=WHISPER, fixed={"use_cache": False})
hugging("wav2vec2", "Wav2Vec2Config", "Wav2Vec2Model", "input_values", "last_hidden_state", f32("N 800"),
        options={"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 37,
                 "conv_dim": [16, 16], "conv_stride": [5, 4], "conv_kernel": [10, 8], "num_feat_extract_layers": 2,
                 "num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2, "vocab_size": 20})
hugging("deberta", "DebertaV2Config", "DebertaV2Model", "input_ids attention_mask", "last_hidden_state", IDS, MASK, ways=("eager",),
        options={**TINY, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 8})
