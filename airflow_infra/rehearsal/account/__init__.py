"""An emulated AWS account: whoever asks it through boto3 gets what AWS would say."""
