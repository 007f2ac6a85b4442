"""MWAA, whole, with what an environment needs of S3, IAM, EC2, KMS and CloudWatch Logs checked."""
