"""One module for each AWS service we speak to; boto3 is known here and nowhere else."""
