# SPDX-License-Identifier: Apache-2.0
"""LSTM, GRU and plain recurrent networks, whole and by cell."""
import torch
from torch import nn

from record import *

family("recurrent")

KINDS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn_tanh": nn.RNN, "rnn_relu": nn.RNN}
def network(kind, **o):
    if kind == "rnn_relu":
        o["nonlinearity"] = "relu"
    return KINDS[kind](3, 4, **o)
class WithState(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net
    def forward(self, x, *state):
        return self.net(x, state if len(state) > 1 else state[0])
for kind in KINDS:
    for label, o in {
            "plain": {}, "layers": dict(num_layers=2), "bidirectional": dict(bidirectional=True),
            "layers_bidirectional": dict(num_layers=2, bidirectional=True), "no_bias": dict(bias=False),
            "batch_first": dict(batch_first=True),
            "everything": dict(num_layers=2, bidirectional=True, batch_first=True, bias=False, dropout=0.5)}.items():
        case(f"{kind}_{label}", network(kind, **o), f(3, 2, 3))
    case(f"{kind}_dynamic", network(kind), f(3, 2, 3), dyn=(f(5, 4, 3),))
    case(f"{kind}_dynamic_batch_first", network(kind, batch_first=True, bidirectional=True), f(2, 3, 3), dyn=(f(4, 3, 3),))
    case(f"{kind}_output_only", Using(network(kind), lambda m, x: m(x)[0]), f(3, 2, 3))
    case(f"{kind}_unbatched", network(kind), f(3, 3))
    n = 2 if kind == "lstm" else 1
    case(f"{kind}_state", WithState(network(kind)), f(3, 2, 3), *[f(1, 2, 4) for _ in range(n)])
    case(f"{kind}_state_layers", WithState(network(kind, num_layers=2, bidirectional=True)), f(3, 2, 3), *[f(4, 2, 4) for _ in range(n)])
    case(f"{kind}_state_unbatched", WithState(network(kind)), f(3, 3), *[f(1, 4) for _ in range(n)])
    case(f"{kind}_f64", network(kind).double(), f(3, 2, 3, dtype=F64))
for label, o in {"plain": {}, "layers": dict(num_layers=2), "bidirectional": dict(bidirectional=True, batch_first=True)}.items():
    case(f"lstm_projected_{label}", nn.LSTM(3, 4, proj_size=2, **o), f(3, 2, 3))
case("lstm_projected_state", WithState(nn.LSTM(3, 4, proj_size=2)), f(3, 2, 3), f(1, 2, 2), f(1, 2, 4))
case("lstm_last_hidden", Using(nn.LSTM(3, 4), lambda m, x: m(x)[1][0][-1]), f(3, 2, 3))
class LastStep(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.GRU(3, 4, batch_first=True)
        self.head = nn.Linear(4, 2)
    def forward(self, x):
        y, _ = self.net(x)
        return self.head(y[:, -1])
case("gru_last_step", LastStep(), f(2, 3, 3), dyn=(f(4, 5, 3),))
class Stepping(nn.Module):
    def __init__(self, cell, parts):
        super().__init__()
        self.cell = cell
        self.parts = parts
    def forward(self, x, *state):
        h = state if self.parts == 2 else state[0]
        for i in range(2):
            h = self.cell(x[i], h)
        return h
case("lstm_cell", Stepping(nn.LSTMCell(3, 4), 2), f(2, 2, 3), f(2, 4), f(2, 4))
case("gru_cell", Stepping(nn.GRUCell(3, 4), 1), f(2, 2, 3), f(2, 4))
case("rnn_cell", Stepping(nn.RNNCell(3, 4), 1), f(2, 2, 3), f(2, 4))
case("rnn_relu_cell", Stepping(nn.RNNCell(3, 4, nonlinearity="relu", bias=False), 1), f(2, 2, 3), f(2, 4))
class Packed(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net
    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
        y, state = self.net(packed)
        y, _ = nn.utils.rnn.pad_packed_sequence(y, batch_first=True)
        return y, state
case("lstm_packed", Packed(nn.LSTM(3, 4, batch_first=True)), f(2, 4, 3), tensor([4, 2]))
case("gru_packed", Packed(nn.GRU(3, 4, batch_first=True, bidirectional=True)), f(2, 4, 3), tensor([4, 2]))
