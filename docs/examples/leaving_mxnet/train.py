"""A softmax regression on the digits in MXNet Gluon, saved as teams have saved theirs: net.params and net.states."""

import numpy as np
import setuptools  # noqa: F401  # MXNet 1.9.1 imports distutils, which Python 3.12 has no more

np.bool = np.bool_  # it reads numpy.bool, gone since NumPy 1.24

from mxnet import autograd, gluon, nd  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402

pixels, digits = load_digits(return_X_y=True)
rows = gluon.data.ArrayDataset((pixels / 16).astype("float32"), digits.astype("float32"))
net = gluon.nn.Dense(10, in_units=64)
net.initialize()
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.9})
loss = gluon.loss.SoftmaxCrossEntropyLoss()
for _ in range(5):
    for x, y in gluon.data.DataLoader(rows, batch_size=64, shuffle=True):
        with autograd.record():
            value = loss(net(x), y)
        value.backward()
        trainer.step(len(x))
print("accuracy", float((net(nd.array(pixels / 16)).asnumpy().argmax(axis=1) == digits).mean()))
net.save_parameters("net.params")
trainer.save_states("net.states")
