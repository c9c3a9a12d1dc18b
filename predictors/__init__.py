"""Say what will fail, when it will finish and why; the heavy libraries load when a function needs them.

Face: `predictors.predictor.FailurePredictor`, `predictors.registry`, `predictors.backtesting.alerting`,
`predictors.failure.drift`, `predictors.series.series_detector.anomaly_scores`,
`predictors.questions.question_models.learn`.
"""
