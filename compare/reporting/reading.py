"""How a report is to be read, and the words that it uses."""

from fairfit.models.text import Text

HOW_TO_READ = (
    Text(
        "Every cell trained from the same start, over the same rows in the same order, and ended as near to a float64 "
        "reference as rounding allows; a cell that did not is refused and has no time.",
        "每个组合都从相同的起点、按相同的顺序训练相同的数据，并且结果与 float64 参考的距离不超出舍入所能解释的范围；否则被拒绝，不给出时间。",
    ),
    Text(
        "An epoch's time is taken between two fences: the device has nothing left to do when the clock is read.",
        "一轮的用时取在两道同步栅栏之间：读时钟时设备上已没有未完成的工作。",
    ),
    Text(
        "Cells of one table took turns on the same CPUs in random order; “times the fastest” compares samples taken side by side, "
        "so that drift of the machine cancels.",
        "同一张表的组合在相同的 CPU 上按随机顺序轮流运行；“为最快者的几倍”比较并排取得的样本，机器的漂移因此抵消。",
    ),
    Text(
        "Square brackets hold 95 % intervals. “Slower” means that the interval lies more than 1 % above 1; “no difference shown” "
        "that it does not, and is narrow; “inconclusive” that it is wide: more time would tell. A tie has no winner.",
        "方括号内是 95 % 区间。“更慢”表示区间整体高出 1 超过 1 %；“未见差异”表示并非如此且区间较窄；“尚无定论”表示区间太宽，需更多时间。并列没有胜者。",
    ),
    Text(
        "Three questions are kept apart: “as shipped” (nothing is set), equal hardware (so many CPUs, the same for all), and each "
        "framework at its best.",
        "三个问题分开回答：“默认设置”（什么都不设）、相同硬件（同样数目的 CPU），以及各框架的最佳表现。",
    ),
    Text(
        "Times of one table are freed of the machine's drift, so that dividing two of them gives their ratio. With fewer than "
        "five sets of fresh processes the intervals lean on an assumed scatter of 7 % between them and on the noise seen within.",
        "同一张表中的时间已除去机器的漂移，因此两个时间相除即得其比值。少于五批全新进程时，区间依赖假定的 7 % 批间离散与批内实测的噪声。",
    ),
)

GLOSSARY = (
    (
        Text("cell", "组合"),
        Text(
            "one row of a table: what is trained (the spec), framework, style, device, number of CPUs and input",
            "表中的一行：训练什么（规格）、框架、写法、设备、CPU 数与输入方式",
        ),
    ),
    (
        Text("style and level", "写法与层次"),
        Text(
            "a style is one way to use a framework, in its users' own word; a level is what styles of different frameworks have "
            "in common",
            "写法是使用某框架的一种方式，沿用其用户的叫法；层次是不同框架的写法的共同之处",
        ),
    ),
    (
        Text("input", "输入"),
        Text(
            "resident: the rows lie on the device; loader: they come through the framework's own data loader",
            "resident：数据驻留在设备上；loader：数据经由框架自己的加载器",
        ),
    ),
    (
        Text("proof", "证明"),
        Text(
            "the weights after every epoch, compared with a reference trained in float64; allowed is a multiple of what rounding makes",
            "逐轮把权重与以 float64 训练的参考相比；允许的距离是舍入所致的若干倍",
        ),
    ),
    (
        Text("sample, block, set of processes", "样本、样本块、批全新进程"),
        Text(
            "a sample is one timed epoch; a block one sample of every cell in random order; a set of fresh processes (a "
            "generation) is started anew for its blocks",
            "样本是一轮的计时；样本块是每个组合各一个样本，顺序随机；每批全新进程为其样本块重新启动",
        ),
    ),
)
