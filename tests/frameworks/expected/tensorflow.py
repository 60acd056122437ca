"""What is known of TensorFlow."""

FENCED = "function"

DECLARED = {
    "linear": ["ReadVariableOp", "MatMul", "ReadVariableOp", "BiasAdd", "Squeeze", "Sub", "Square", "Mean", "Mul"],
    "softmax": ["ReadVariableOp", "MatMul", "ReadVariableOp", "BiasAdd", "SparseSoftmaxCrossEntropyWithLogits", "Mean"],
}
BACKWARD = {"linear": ["RealDiv", "BiasAddGrad", "MatMul"], "softmax": ["RealDiv", "BiasAddGrad", "MatMul"]}
GATHERS = ("GatherV2", {"linear": 2, "softmax": 2})
UPDATE = ["Mul", "AssignSubVariableOp", "Mul", "AssignSubVariableOp"]
FLOWS_IN = {"features", "targets"}

CANNOT_BE_ASKED = {("optimizer", "gradient")}
DOES_NOT_WORK = {  # tf.numpy_function calls back into the process that made it
    ("numpy", "compiled_whole"): "InvalidArgumentError: Detected unsupported operations .*PyFunc",
    ("numpy", "export"): "InvalidArgumentError: ValueError: Could not find callback",
}
BUILT_IN_NESTEROV = """
import tensorflow as tf
optimizer = tf.keras.optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM, nesterov=True)
weight = tf.Variable(start)
for _ in range(STEPS):
    optimizer.apply([tf.constant(curvature) * weight], [weight])
last = weight.numpy()
"""

DEFECTS = {"X1": False, "X2": False, "X3": False, "X5": False}
SECOND_SOFTMAX = "digits-tf.nn"  # Keras itself undoes it
