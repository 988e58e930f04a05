"""Quality control: QC1 values are recorded, scored and reported."""
