"""The commands, one file each: its arguments, its work as a function that the Python API offers too, its printing."""

COMMANDS = {  # name, which is the module's too → what it does, in one line
    "run": "prove and time every framework and style, and write the report",
    "prove": "only prove: compare every cell's weights with the float64 reference after each epoch",
    "sweep": "train one spec under many settings, and time what they compute: which setting, in which framework?",
    "bisect": "find the first version of a framework that is slower, or trains to other weights",
    "port": "carry a model file to another framework, and prove that nothing was lost on the way",
    "verify": "prove a certificate of a port again, or refute it",
    "data": "tell what is understood of a table of your own, and the spec that it makes",
    "report": "write tables, figures and pages of a run anew from its samples; needs no framework",
    "diff": "compare two runs cell by cell, with intervals",
    "check": "fail on a regression of speed, accuracy or proof that the measurements support",
    "list": "list the built-in specs, the frameworks and their styles",
    "doctor": "tell for each framework whether it works here, and what to do where it does not",
}
