"""Our training in MXNet: a Gluon layer, its loss, its Trainer."""

import mxnet as mx
from mxnet import autograd, gluon


def train(features, targets, weight, bias, orders, batch_size, learning_rates, momentum, l2):
    features, targets = mx.nd.array(features), mx.nd.array(targets)
    layer = gluon.nn.Dense(len(bias), in_units=features.shape[1])
    layer.initialize()
    layer.weight.set_data(mx.nd.array(weight))
    layer.bias.set_data(mx.nd.array(bias))
    layer.bias.wd_mult = 0.0  # gluon decays the bias like the weights, where nobody forbids it
    settings = {"learning_rate": learning_rates[0], "momentum": momentum, "wd": l2}
    trainer = gluon.Trainer(layer.collect_params(), "sgd", settings)
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    yield  # all is ready
    for order, rate in zip(orders, learning_rates, strict=True):
        for velocity in trainer._updaters[0].states.values() if momentum else []:
            velocity *= rate / trainer.learning_rate  # MXNet keeps rate · v
        trainer.set_learning_rate(rate)
        rows = mx.nd.array(order, dtype="int32")
        for first in range(0, len(order), batch_size):
            batch = rows[first : first + batch_size]
            with autograd.record():
                cost = loss(layer(features.take(batch)), targets.take(batch))
            cost.backward()
            trainer.step(len(batch))  # divides by the true size of the batch
        yield layer.weight.data(), layer.bias.data()
