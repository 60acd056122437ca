"""Our training in TensorFlow: a Keras layer, its loss and optimizer, the step a tf.function."""

import keras
import tensorflow as tf


def train(features, targets, weight, bias, orders, batch_size, learning_rates, momentum, l2):
    features, targets = tf.constant(features), tf.constant(targets)
    layer = keras.layers.Dense(len(bias))
    layer.build((None, features.shape[1]))
    layer.set_weights([weight.T, bias])  # Keras keeps (inputs, outputs)
    optimizer = keras.optimizers.SGD(learning_rates[0], momentum)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function(reduce_retracing=True)
    def step(batch):
        with tf.GradientTape() as tape:
            cost = loss(tf.gather(targets, batch), layer(tf.gather(features, batch)))
            cost += l2 / 2 * tf.reduce_sum(layer.kernel**2)
        optimizer.apply(tape.gradient(cost, layer.trainable_weights))

    optimizer.build(layer.trainable_weights)
    yield  # all is ready
    for order, rate in zip(orders, learning_rates, strict=True):
        for velocity in optimizer.momentums if momentum else []:
            velocity.assign(velocity * (rate / float(optimizer.learning_rate)))  # Keras keeps −rate · v
        optimizer.learning_rate = rate
        for first in range(0, len(order), batch_size):
            step(tf.constant(order[first : first + batch_size]))
        kernel, bias = layer.get_weights()
        yield kernel.T, bias
