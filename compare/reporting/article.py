"""What the article says, claim by claim and defect by defect, paraphrased; nothing here says whether it is right."""

from dataclasses import dataclass

from fairfit.models.text import Text

SUBJECT = "mxnet"
"""The framework that the article recommends."""
COMPARED = (SUBJECT, "tensorflow", "pytorch")
"""Those that it compares: its claims are about these, whatever else a run has."""


@dataclass(frozen=True)
class Claim:
    """One claim with its section in the article, and how this report tests it."""

    id: str
    section: str
    says: Text
    tested: Text


@dataclass(frozen=True)
class Defect:
    """Something that is wrong in the article."""

    id: str
    section: str
    what: Text


CLAIMS = (
    Claim(
        "P1", "1",
        Text("There is no absolute gap in speed between the three.", "三个框架在速度上没有绝对差距。"),
        Text("Each framework's best style, side by side in every group: is the slowest beyond 1.25 times the fastest? It holds if that "
             "is ruled out in all groups, and does not if it is shown in more than half of them.",
             "每组中并排比较各框架最快的写法：最慢者是否超过最快者的 1.25 倍？所有组都排除则成立，半数以上的组显示则不成立。"),
    ),
    Claim(
        "P2", "1",
        Text("MXNet may be the fastest in some cases, on a GPU for example.", "MXNet 在某些情况下可能最快，例如在 GPU 上。"),
        Text("Is there a group in which its best style is first, and all others are shown to be slower? Without a GPU it cannot fail.",
             "是否有一组，其最快写法居首，且其他框架都被证明更慢？没有 GPU 时不能判为不成立。"),
    ),
    Claim(
        "E1", "1",
        Text("MXNet is flexible: layers of one's own are easy to define, for any kind of task.",
             "MXNet 很灵活：自定义层容易编写，适用于各种任务。"),
        Text("Five extensions made for real in each framework: do they run, compile, survive export, and have right gradients?",
             "在每个框架中真正写出五种扩展：能否运行、编译、导出后重新载入，梯度是否正确？"),
    ),
    Claim(
        "T1", "1",
        Text("MXNet has rich documentation and tutorials, an active community, and many new features coming.",
             "MXNet 文档与教程丰富，社区活跃，并将有许多新特性。"),
        Text("Measured on the installed package: at least 80 % of the public names documented? And: not retired, and does it start "
             "as it was released?",
             "在已安装的包上测量：是否至少 80 % 的公开名称有文档？是否未退役，且按发布时的样子就能启动？"),
    ),
    Claim(
        "T2", "1",
        Text("The documentation and ecosystem of TensorFlow and PyTorch are comparatively weak.",
             "TensorFlow 与 PyTorch 的文档和生态相对薄弱。"),
        Text("The same measures: is the share of documented public names, or of names with an example, lower in both others by "
             "more than 5 points? The ecosystem itself cannot be read off a package.",
             "同样的测量：另外两者有文档的公开名称比例、或带示例的比例，是否都低 5 个百分点以上？生态本身无法从安装包读出。"),
    ),
    Claim(
        "V1", "1",
        Text("MXNet is the most attractive of the three and should be the main framework.",
             "MXNet 是三者中最有吸引力的，应作为主要框架。"),
        Text("Does it lead, or share the lead, in each of the article's three aspects, by the measures above?",
             "按上述测量，它在文章的三个方面是否都领先或并列领先？"),
    ),
    Claim(
        "S1", "2.1",
        Text("Symbol is a declarative graph like TensorFlow's, more abstract; it is compiled to low-level instructions, then executed.",
             "Symbol 是与 TensorFlow 类似的声明式图，更为抽象；它被编译成底层指令后执行。"),
        Text("The graphs themselves: has it fewer operators than the others' for the same computation? Does the executor run other "
             "operators than were declared?",
             "看图本身：同样的计算，算子是否比其他框架少？执行器运行的算子是否与声明的不同？"),
    ),
    Claim(
        "N1", "2.2",
        Text("NDArray holds parameters, inputs and outputs, and is bound to Symbols when they execute.",
             "NDArray 保存参数、输入与输出，并在 Symbol 执行时与之绑定。"),
        Text("Training with NDArrays by hand, and with NDArrays bound to a Symbol: do both end at the reference's weights?",
             "手写 NDArray 训练，以及把 NDArray 绑定到 Symbol 训练：二者是否都到达参考权重？"),
    ),
    Claim(
        "G1", "2.3",
        Text("Building a network in Gluon takes four steps (load data, initialise parameters, configure the network, compile); the "
             "developer cares only about structure.",
             "用 Gluon 搭建网络只需四步（载入数据、初始化参数、配置网络、编译模型），开发者只需关心结构。"),
        Text("Our own source, step by step: are the four steps there, is the result proven, and is the loop over batches written by "
             "the library?",
             "逐步查看我们的源代码：四步是否都有，结果是否得到证明，批次循环是否由库完成？"),
    ),
    Claim(
        "G2", "2.3",
        Text("Gluon supports distributed training: several servers train one model.", "Gluon 支持分布式训练：多台服务器训练同一模型。"),
        Text("Two workers train one model over this machine's loopback: do they end at the weights of one?",
             "两个进程经本机回环训练同一模型：是否到达与单进程相同的权重？"),
    ),
)  # fmt: skip

DEFECTS = (
    Defect("X1", "3.2.2", Text("A layer is given softmax as its activation.", "给层指定了 softmax 激活函数。")),
    Defect("X2", "3.2.2", Text(
        "Softmax is applied before a loss that applies it itself: twice in all.", "在自带 softmax 的损失之前又做了一次 softmax：共两次。"
    )),
    Defect("X3", "3.1", Text(
        "The cost as a formula has no ½, the library's loss has it: their gradients differ by a factor of 2.",
        "公式中的代价没有 ½，而库的损失有：二者的梯度相差一倍。",
    )),
    Defect("X4", "3.1.2, 3.2.2", Text(
        "The line that evaluates uses a name that the loop never defines.", "评估语句使用了循环中从未定义的名称。"
    )),
    Defect("X5", "3.1.2, 3.2.2", Text(
        "The step divides by a constant batch size: wrong for a shorter last batch.", "更新步骤除以固定的批量大小：对较短的末批是错的。"
    )),
    Defect("X6", "3.2.1", Text(
        "Softmax regression is called an ensemble method; it is one generalised linear model.",
        "softmax 回归被称为集成方法；其实它是一个广义线性模型。",
    )),
    Defect("X7", "1", Text(
        "The recommended project is retired and has no further releases.", "所推荐的项目已经退役，不再有新版本。"
    )),
)  # fmt: skip
