"""The function code: each folder is a Lambda function."""
