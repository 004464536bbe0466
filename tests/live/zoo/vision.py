# SPDX-License-Identifier: Apache-2.0
"""torchvision's models: classification, segmentation, detection without post-processing, video, optical flow.

Those that are large for no reason of their own (the fully connected end of AlexNet and VGG) or slow are built
narrower; everything else is as published, with random weights.
"""

import functools

from torch import nn

from . import case as any_case
from . import f32

try:
    import torchvision
    from torchvision import models
except ImportError:
    torchvision = models = None

case = functools.partial(any_case, needs="torchvision")


def stock(name, **options):
    """The published model `name` of torchvision.models, by path, without weights."""

    def build():
        group = models
        *path, last = name.split(".")
        for part in path:
            group = getattr(group, part)
        return getattr(group, last)(weights=None, **options)

    return build


def narrow_head(name, features, hidden):
    """AlexNet and VGG with a narrower fully connected end: 0.5 GB of weights would test nothing more."""

    def build():
        model = stock(name)()
        model.classifier = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(True), nn.Dropout(),
                                         nn.Linear(hidden, hidden), nn.ReLU(True), nn.Linear(hidden, 10))
        return model

    return build


SMALL = f32("N 3 64 64")
ANY_SIZE = f32("N 3 H W")
ONE_MORE = {"N": (1, 2)}

case("alexnet", narrow_head("alexnet", 9216, 256), f32("N 3 224 224"), sizes=ONE_MORE)
case("vgg11_bn", narrow_head("vgg11_bn", 25088, 128), f32("N 3 224 224"), sizes=ONE_MORE)
case("resnet18", stock("resnet18"), SMALL, quick=True)
case("resnet18_any_size", stock("resnet18"), ANY_SIZE)
case("resnet18_frozen", stock("resnet18"), SMALL, freeze=True)
case("resnet50", stock("resnet50"), SMALL)
case("resnext50", stock("resnext50_32x4d"), SMALL)
case("wide_resnet50", stock("wide_resnet50_2"), SMALL)
case("densenet121", stock("densenet121"), SMALL, quick=True)
case("squeezenet", stock("squeezenet1_1"), SMALL)
case("googlenet", stock("googlenet", init_weights=False), SMALL)
case("inception_v3", stock("inception_v3", init_weights=False), f32("N 3 96 96"))
case("mobilenet_v2", stock("mobilenet_v2"), SMALL, quick=True)
case("mobilenet_v3_small", stock("mobilenet_v3_small"), SMALL, quick=True)
case("mobilenet_v3_large", stock("mobilenet_v3_large"), SMALL)
case("shufflenet_v2", stock("shufflenet_v2_x1_0"), SMALL, quick=True)
case("mnasnet", stock("mnasnet1_0"), SMALL)
case("efficientnet_b0", stock("efficientnet_b0"), SMALL)
case("efficientnet_v2_s", stock("efficientnet_v2_s"), SMALL)
case("regnet_x", stock("regnet_x_400mf"), SMALL)
case("regnet_y", stock("regnet_y_400mf"), SMALL)
case("convnext_tiny", stock("convnext_tiny"), SMALL, quick=True)
case("swin_t", stock("swin_t"), SMALL)


def vit():
    return models.VisionTransformer(image_size=64, patch_size=16, num_layers=3, num_heads=4, hidden_dim=64,
                                    mlp_dim=128, num_classes=10)


case("vit", vit, SMALL, grad=True, quick=True)
case("vit_inference_path", vit, SMALL)


def swin_v2():
    s = models.swin_transformer
    return s.SwinTransformer(patch_size=[4, 4], embed_dim=48, depths=[2, 2], num_heads=[2, 4], window_size=[8, 8],
                             num_classes=10, block=s.SwinTransformerBlockV2, downsample_layer=s.PatchMergingV2)


def maxvit():
    return models.MaxVit(input_size=(64, 64), stem_channels=16, partition_size=4, block_channels=[16, 32],
                         block_layers=[1, 2], head_dim=8, stochastic_depth_prob=0.2, num_classes=10)


case("swin_v2", swin_v2, SMALL)
case("maxvit", maxvit, SMALL)


# Segmentation: a dictionary comes out, and the input's size goes into the last interpolation.

def segmentation(name):
    return stock(f"segmentation.{name}", weights_backbone=None, num_classes=5)


case("fcn_resnet50", segmentation("fcn_resnet50"), SMALL, strict=False)
case("deeplabv3_resnet50", segmentation("deeplabv3_resnet50"), ANY_SIZE, strict=False)
case("deeplabv3_mobilenet", segmentation("deeplabv3_mobilenet_v3_large"), SMALL, strict=False)
case("lraspp_mobilenet", segmentation("lraspp_mobilenet_v3_large"), ANY_SIZE, strict=False, quick=True)


# Detection: what of these models is a function of tensors, up to the boxes' post-processing.

class FeaturesAndHead(nn.Module):
    def __init__(self, name, **options):
        super().__init__()
        model = stock(f"detection.{name}", weights_backbone=None, num_classes=7, **options)()
        self.backbone, self.head = model.backbone, model.head

    def forward(self, images):
        head = self.head(list(self.backbone(images).values()))
        return tuple(head[key] for key in sorted(head))


class RegionProposals(nn.Module):
    def __init__(self):
        super().__init__()
        model = stock("detection.fasterrcnn_mobilenet_v3_large_320_fpn", weights_backbone=None, num_classes=7)()
        self.backbone, self.rpn_head = model.backbone, model.rpn.head
        self.box_head, self.box_predictor = model.roi_heads.box_head, model.roi_heads.box_predictor

    def forward(self, images, regions):
        features = self.backbone(images)
        objectness, deltas = self.rpn_head(list(features.values()))
        return objectness, deltas, self.box_predictor(self.box_head(regions))


def fpn(name):
    from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
    return lambda: resnet_fpn_backbone(backbone_name=name, weights=None, trainable_layers=3)


if torchvision:
    case("resnet18_fpn", fpn("resnet18"), ANY_SIZE, strict=False)
case("retinanet_resnet50", lambda: FeaturesAndHead("retinanet_resnet50_fpn"), SMALL)
case("fcos_resnet50", lambda: FeaturesAndHead("fcos_resnet50_fpn"), SMALL)
case("ssd300_vgg16", lambda: FeaturesAndHead("ssd300_vgg16"), f32("N 3 300 300"), sizes=ONE_MORE)
case("ssdlite_mobilenet", lambda: FeaturesAndHead("ssdlite320_mobilenet_v3_large"), f32("N 3 96 96"))
case("fasterrcnn_mobilenet", RegionProposals, SMALL, f32("R 256 7 7"), sizes={"R": (4, 6)})


class OpticalFlow(nn.Module):
    def __init__(self):
        super().__init__()
        self.raft = stock("optical_flow.raft_small")()

    def forward(self, first, second):
        return tuple(self.raft(first, second, num_flow_updates=2))


case("raft", OpticalFlow, f32("N 3 128 128"), f32("N 3 128 128"), sizes=ONE_MORE, min_opset=16)


# Video.

CLIP = f32("N 3 4 32 32")


def mvit():
    from torchvision.models.video import mvit as m
    small = functools.partial(m.MSBlockConfig, kernel_q=[3, 3, 3], kernel_kv=[3, 3, 3])
    blocks = [small(num_heads=1, input_channels=16, output_channels=32, stride_q=[1, 1, 1], stride_kv=[1, 4, 4]),
              small(num_heads=2, input_channels=32, output_channels=32, stride_q=[1, 2, 2], stride_kv=[1, 2, 2]),
              small(num_heads=2, input_channels=32, output_channels=32, stride_q=[1, 1, 1], stride_kv=[1, 2, 2])]
    return m.MViT(spatial_size=(64, 64), temporal_size=4, block_setting=blocks, residual_pool=True,
                  residual_with_cls_embed=False, rel_pos_embed=True, proj_after_attn=True, num_classes=10)


def swin3d():
    s = models.video.swin_transformer
    return s.SwinTransformer3d(patch_size=[2, 4, 4], embed_dim=24, depths=[2, 2], num_heads=[2, 4],
                               window_size=[2, 4, 4], num_classes=10)


case("r3d_18", stock("video.r3d_18"), CLIP, sizes=ONE_MORE)
case("mc3_18", stock("video.mc3_18"), CLIP, sizes=ONE_MORE)
case("r2plus1d_18", stock("video.r2plus1d_18"), CLIP, sizes=ONE_MORE)
case("s3d", stock("video.s3d"), f32("N 3 16 224 224"), sizes=ONE_MORE)
case("mvit", mvit, f32("N 3 4 64 64"))
case("swin3d", swin3d, f32("N 3 4 64 64"), since=(2, 0))
