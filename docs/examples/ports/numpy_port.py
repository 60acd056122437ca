"""Our training in NumPy: the gradient by hand."""

import numpy as np


def train(features, targets, weight, bias, orders, batch_size, learning_rates, momentum, l2):
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    for order, rate in zip(orders, learning_rates, strict=True):
        for first in range(0, len(order), batch_size):
            batch = order[first : first + batch_size]
            scores = features[batch] @ weight.T + bias  # (batch, classes)
            probabilities = np.exp(scores - scores.max(axis=1, keepdims=True))
            probabilities /= probabilities.sum(axis=1, keepdims=True)
            probabilities[np.arange(len(batch)), targets[batch]] -= 1
            residual = probabilities / len(batch)
            velocity[0] = momentum * velocity[0] + residual.T @ features[batch] + l2 * weight
            velocity[1] = momentum * velocity[1] + residual.sum(axis=0)
            weight -= rate * velocity[0]
            bias -= rate * velocity[1]
        yield weight, bias
