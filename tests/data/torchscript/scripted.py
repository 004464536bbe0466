class Scripted(Module):
  __parameters__ = []
  __buffers__ = ["offset", ]
  offset : Tensor
  training : bool
  _is_full_backward_hook : NoneType
  mode : __torch__.Mode
  words : List[str]
  blocks : __torch__.torch.nn.modules.container.ModuleList
  limit : Final[float] = 10000000000
  def forward(self: __torch__.Scripted,
    x: Tensor,
    times: int=3,
    scale: Optional[Tensor]=None) -> Tuple[Tensor, Dict[str, List[int]]]:
    if torch.ne(torch.dim(x), 2):
      _0 = torch.format("two dimensions are needed, not {}", torch.dim(x))
      ops.prim.RaiseException(_0, "builtins.ValueError")
    else:
      pass
    sizes = annotate(List[int], [])
    blocks = self.blocks
    _00 = getattr(blocks, "0")
    _1 = getattr(blocks, "1")
    x0 = (_00).forward(x, )
    _2 = torch.append(sizes, 0)
    x1 = (_1).forward(x0, )
    _3 = torch.append(sizes, 2)
    if torch.gt(times, 0):
      _5 = torch.lt(torch.sum(x1), 10000000000)
      _4 = bool(_5)
    else:
      _4 = False
    x2 = x1
    times0 = times
    _6 = _4
    while _6:
      offset = self.offset
      x3 = torch.add(x2, offset)
      times1 = torch.sub(times0, 1)
      if torch.eq(times1, 1):
        _7 = False
      else:
        if torch.gt(times1, 0):
          _9 = torch.lt(torch.sum(x3), 10000000000)
          _8 = bool(_9)
        else:
          _8 = False
        _7 = _8
      _6, x2, times0 = _7, x3, times1
    if torch.__isnot__(scale, None):
      scale0 = unchecked_cast(Tensor, scale)
      x4 = torch.mul(x2, scale0)
    else:
      x4 = x2
    _10 = __torch__.torch.autograd.grad_mode.no_grad.__new__(__torch__.torch.autograd.grad_mode.no_grad)
    _11 = (_10).__init__()
    with _10:
      mode = self.mode
      _12 = torch.eq(mode, __torch__.Mode.SUM)
      if _12:
        x5 = torch.add(x4, inf)
      else:
        x6 = torch.mul(x4, -0.10000000000000001)
        x5 = x6
    pair = (self).halves(x5, )
    _13 = (pair)[1]
    def __forked_function():
      return torch.neg(_13)
    later = fork(__forked_function)
    _14 = torch.add((pair)[0], torch.wait(later))
    words = self.words
    return (_14, {words[0]: sizes})
  def halves(self: __torch__.Scripted,
    x: Tensor) -> __torch__.Pair:
    a, b, = torch.split(x, 2, 1)
    return __torch__.Pair(a, b)
class Block(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]
  fc : __torch__.torch.nn.modules.linear.Linear
  def forward(self: __torch__.Block,
    x: Tensor) -> Tensor:
    fc = self.fc
    _14 = torch.add(torch.relu((fc).forward(x, )), x)
    return _14
class Mode(Enum):
  SUM = 1
  PRODUCT = 2
class Pair(NamedTuple):
  first : Tensor
  second : Tensor
