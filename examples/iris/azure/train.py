"""Fits a model to the first folder of Parquet, scores it on the second, and registers it."""

import sys

import mlflow
import pandas
from sklearn.linear_model import LogisticRegression

MEASURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]


def read(folder):
    flowers = pandas.read_parquet(folder)
    return flowers[MEASURES].astype(float), flowers["species"]


model = LogisticRegression(max_iter=1000).fit(*read(sys.argv[1]))
mlflow.log_metric("accuracy", model.score(*read(sys.argv[2])))
mlflow.sklearn.log_model(model, "model", registered_model_name="iris")
