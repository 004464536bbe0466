# SPDX-License-Identifier: Apache-2.0
"""transformers' encoders and decoders, with small configurations, each with both ways of attention it offers."""

import functools

import torch
from torch import nn

from . import case as any_case
from . import Input, f32, i64, prefix_mask

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
DEBERTA = {**TINY, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 8}
hugging("deberta_v2", "DebertaV2Config", "DebertaV2Model", "input_ids attention_mask", "last_hidden_state", IDS, MASK, ways=("eager",),
        options=DEBERTA)

# More of the same kinds, each with something of its own: gates, other positions, other normalisations, other masks.

hugging("xlm_roberta", "XLMRobertaConfig", "XLMRobertaForTokenClassification", "input_ids attention_mask", "logits", IDS, MASK,
        options={**TINY, "type_vocab_size": 1, "pad_token_id": 1}, ways=("sdpa",))
hugging("camembert", "CamembertConfig", "CamembertForQuestionAnswering", "input_ids attention_mask", "start_logits end_logits",
        IDS, MASK, options={**TINY, "pad_token_id": 1}, ways=("eager",))
hugging("mobilebert", "MobileBertConfig", "MobileBertModel", "input_ids attention_mask", BOTH, IDS, MASK, ways=("eager",),
        options={**TINY, "embedding_size": 16, "intra_bottleneck_size": 16, "true_hidden_size": 16})
hugging("convbert", "ConvBertConfig", "ConvBertModel", "input_ids attention_mask", "last_hidden_state", IDS, MASK, ways=("eager",),
        options={**TINY, "embedding_size": 32, "head_ratio": 2, "conv_kernel_size": 3})
hugging("funnel", "FunnelConfig", "FunnelBaseModel", "input_ids attention_mask", "last_hidden_state", i64("N 8", high=90, low=3),
        prefix_mask("N 8"), ways=("eager",), options={"vocab_size": 99, "block_sizes": [1, 1], "d_model": 32, "n_head": 4,
                                                      "d_head": 8, "d_inner": 37, "num_decoder_layers": 1})
hugging("xlnet", "XLNetConfig", "XLNetModel", "input_ids attention_mask", "last_hidden_state", IDS, MASK, ways=("eager",),
        options={"vocab_size": 99, "d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 37})
BOXES = Input("N T 4", lambda shape: torch.randint(0, 60, shape).sort(-1).values)
hugging("layoutlm", "LayoutLMConfig", "LayoutLMModel", "input_ids bbox attention_mask", BOTH, IDS, BOXES, MASK,
        ways=("eager",), options={**TINY, "max_2d_position_embeddings": 64})
hugging("modernbert", "ModernBertConfig", "ModernBertModel", "input_ids attention_mask", "last_hidden_state", IDS, MASK,
        options={**TINY, "local_attention": 4, "pad_token_id": 1, "bos_token_id": 2, "eos_token_id": 2, "cls_token_id": 2,
                 "sep_token_id": 2})
GPT_NEOX = {**TINY, "rotary_pct": 0.5}
for model, config, options in (
        ("GPTNeoXModel", "GPTNeoXConfig", GPT_NEOX), ("PhiModel", "PhiConfig", {**TINY, "partial_rotary_factor": 0.5}),
        ("Phi3Model", "Phi3Config", {**LLAMA, "pad_token_id": 0}), ("GemmaModel", "GemmaConfig", {**LLAMA, "head_dim": 8}),
        ("Gemma2Model", "Gemma2Config", {**LLAMA, "head_dim": 8, "sliding_window": 4}),
        ("Gemma3TextModel", "Gemma3TextConfig", {**LLAMA, "head_dim": 8, "sliding_window": 4}),
        ("Qwen3Model", "Qwen3Config", {**LLAMA, "head_dim": 8}), ("StableLmModel", "StableLmConfig", LLAMA),
        ("CohereModel", "CohereConfig", LLAMA), ("OlmoModel", "OlmoConfig", LLAMA), ("Olmo2Model", "Olmo2Config", LLAMA),
        ("GraniteModel", "GraniteConfig", LLAMA), ("SmolLM3Model", "SmolLM3Config", {**LLAMA, "pad_token_id": 0}),
        ("GlmModel", "GlmConfig", {**LLAMA, "head_dim": 8, "pad_token_id": 0}), ("Starcoder2Model", "Starcoder2Config", LLAMA),
        ("NemotronModel", "NemotronConfig", LLAMA), ("HeliumModel", "HeliumConfig", {**LLAMA, "head_dim": 8})):
    hugging(config[:-6].lower(), config, model, "input_ids attention_mask", "last_hidden_state", IDS, MASK, options=options,
            ways=("sdpa",))
hugging("gpt_neo", "GPTNeoConfig", "GPTNeoModel", "input_ids attention_mask", "last_hidden_state", IDS, MASK, ways=("eager",),
        options={"vocab_size": 99, "hidden_size": 32, "num_layers": 2, "attention_types": [[["global", "local"], 1]], "num_heads": 4,
                 "max_position_embeddings": 64, "window_size": 4})
hugging("gptj", "GPTJConfig", "GPTJModel", "input_ids attention_mask", "last_hidden_state", IDS, MASK, ways=("eager",),
        options={"vocab_size": 99, "n_positions": 64, "n_embd": 32, "n_layer": 2, "n_head": 4, "rotary_dim": 4})
hugging("gpt_bigcode", "GPTBigCodeConfig", "GPTBigCodeModel", "input_ids attention_mask", "last_hidden_state", IDS, MASK,
        ways=("sdpa",), options={"vocab_size": 99, "n_positions": 64, "n_embd": 32, "n_layer": 2, "n_head": 4})
hugging("codegen", "CodeGenConfig", "CodeGenModel", "input_ids attention_mask", "last_hidden_state", IDS, MASK, ways=("eager",),
        options={"vocab_size": 99, "n_positions": 64, "n_embd": 32, "n_layer": 2, "n_head": 4, "rotary_dim": 4})
hugging("mpt", "MptConfig", "MptModel", "input_ids attention_mask", "last_hidden_state", IDS, MASK, ways=("eager",),
        options={"vocab_size": 99, "d_model": 32, "n_heads": 4, "n_layers": 2, "max_seq_len": 64})
hugging("t5_gated", "T5Config", "T5EncoderModel", "input_ids attention_mask", "last_hidden_state", IDS, MASK, ways=("eager",),
        options={**T5, "feed_forward_proj": "gated-gelu"})
for name in ("MBart", "Marian", "Pegasus", "BlenderbotSmall"):
    hugging(name.lower(), f"{name}Config", f"{name}Model", "input_ids attention_mask decoder_input_ids", "last_hidden_state", IDS,
            MASK, i64("N S", high=90, low=3), options={**BART, "pad_token_id": 1}, fixed={"use_cache": False}, ways=("eager",))
hugging("mamba", "MambaConfig", "MambaModel", "input_ids", "last_hidden_state", i64("N 5", high=90), ways=("eager",),
        options={"vocab_size": 99, "hidden_size": 16, "num_hidden_layers": 2, "state_size": 4})

SIDE = {"image_size": 32, "patch_size": 8}
hugging("siglip_vision", "SiglipVisionConfig", "SiglipVisionModel", "pixel_values", BOTH, IMAGE, options=VISION)
hugging("vit_mae_encoder", "ViTMSNConfig", "ViTMSNModel", "pixel_values", "last_hidden_state", IMAGE, options=VISION, ways=("eager",))
hugging("yolos", "YolosConfig", "YolosModel", "pixel_values", "last_hidden_state", IMAGE, ways=("eager",),
        options={**VISION, "image_size": [32, 32], "num_detection_tokens": 5})
hugging("dpt", "DPTConfig", "DPTForDepthEstimation", "pixel_values", "predicted_depth", IMAGE, ways=("eager",),
        options={**VISION, "num_hidden_layers": 4, "backbone_out_indices": [0, 1, 2, 3], "neck_hidden_sizes": [8, 8, 16, 16],
                 "fusion_hidden_size": 8, "is_hybrid": False})
hugging("mobilevit", "MobileViTConfig", "MobileViTModel", "pixel_values", BOTH, IMAGE, ways=("eager",),
        options={"image_size": 32, "hidden_sizes": [16, 20, 24], "neck_hidden_sizes": [8, 8, 8, 12, 16, 20, 24],
                 "num_attention_heads": 4})
hugging("poolformer", "PoolFormerConfig", "PoolFormerModel", "pixel_values", "last_hidden_state", IMAGE, ways=("eager",),
        options={"hidden_sizes": [8, 12, 16, 20], "depths": [1, 1, 1, 1]})
hugging("levit", "LevitConfig", "LevitModel", "pixel_values", BOTH, f32("N 3 64 64"), ways=("eager",),
        options={"image_size": 64, "hidden_sizes": [16, 24, 32], "num_attention_heads": [2, 3, 4], "depths": [1, 1, 1],
                 "key_dim": [8, 8, 8]})
hugging("pvt", "PvtConfig", "PvtModel", "pixel_values", "last_hidden_state", f32("N 3 64 64"), ways=("eager",),
        options={"image_size": 64, "hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1], "num_attention_heads": [1, 2, 3, 4]})
hugging("swinv2", "Swinv2Config", "Swinv2Model", "pixel_values", BOTH, IMAGE, ways=("eager",),
        options={"image_size": 32, "patch_size": 2, "embed_dim": 16, "depths": [2, 2], "num_heads": [2, 4], "window_size": 4})
hugging("swin2sr", "Swin2SRConfig", "Swin2SRForImageSuperResolution", "pixel_values", "reconstruction", f32("N 3 16 16"), ways=("eager",),
        options={"image_size": 16, "embed_dim": 16, "depths": [2], "num_heads": [2], "window_size": 4, "upscale": 2})
hugging("focalnet", "FocalNetConfig", "FocalNetModel", "pixel_values", BOTH, IMAGE, ways=("eager",),
        options={"image_size": 32, "embed_dim": 8, "hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1]})
hugging("hf_resnet", "ResNetConfig", "ResNetModel", "pixel_values", BOTH, IMAGE, ways=("eager",),
        options={"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1]})
hugging("hf_efficientnet", "EfficientNetConfig", "EfficientNetModel", "pixel_values", BOTH, f32("N 3 64 64"), ways=("eager",),
        options={"image_size": 64, "width_coefficient": 0.25, "depth_coefficient": 0.3, "hidden_dim": 320})
hugging("vitdet", "VitDetConfig", "VitDetModel", "pixel_values", "last_hidden_state", IMAGE, ways=("eager",),
        options={"image_size": 32, "patch_size": 8, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
                 "window_size": 2, "window_block_indices": [0], "use_relative_position_embeddings": True})
for name in ("Hubert", "WavLM", "UniSpeech", "SEW"):
    hugging(name.lower(), f"{name}Config", f"{name}Model", "input_values", "last_hidden_state", f32("N 800"), ways=("eager",),
            options={"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 37, "vocab_size": 20,
                     "conv_dim": [16, 16], "conv_stride": [5, 4], "conv_kernel": [10, 8], "num_feat_extract_layers": 2,
                     "num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2})
hugging("audio_spectrogram", "ASTConfig", "ASTModel", "input_values", BOTH, f32("N 24 16"), ways=("eager",),
        options={**VISION, "max_length": 24, "num_mel_bins": 16, "frequency_stride": 8, "time_stride": 8})
hugging("patchtst", "PatchTSTConfig", "PatchTSTModel", "past_values", "last_hidden_state", f32("N 32 3"), ways=("eager",),
        options={"num_input_channels": 3, "context_length": 32, "patch_length": 8, "patch_stride": 8, "d_model": 16,
                 "num_attention_heads": 2, "ffn_dim": 24, "num_hidden_layers": 2})


class WithPast(nn.Module):
    """One step of generation: keys and values of what went before come in, those of the whole go out."""

    def __init__(self, way):
        super().__init__()
        settings = transformers.LlamaConfig(**LLAMA)
        self.model = transformers.LlamaForCausalLM._from_config(settings, attn_implementation=way)

    def forward(self, ids, mask, key_0, value_0, key_1, value_1):
        cache = transformers.DynamicCache()
        for layer, (key, value) in enumerate(((key_0, value_0), (key_1, value_1))):
            cache.update(key, value, layer)
        answer = self.model(input_ids=ids, attention_mask=mask, past_key_values=cache, use_cache=True)
        return answer.logits, *(t for layer in cache.layers for t in (layer.keys, layer.values))


for attention in ("eager", "sdpa"):
    case(f"llama_with_past_{attention}", functools.partial(WithPast, attention), i64("N 1", high=90, low=3),
         prefix_mask("N P1"), *[f32("N 2 P 8")] * 4, sizes={"P": (6, 9), "P1": (7, 10)})
