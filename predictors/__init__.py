"""Say what will fail, when it will finish and why; the heavy libraries load when a function needs them.

Face: `predictors.predictor.FailurePredictor`, `predictors.alerting`, `predictors.registry`,
`predictors.drift`, `predictors.series_detector.anomaly_scores`, `predictors.question_models.learn`.
"""
