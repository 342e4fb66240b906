"""What a servicer's page shows of a queue, read in as few statements as it takes. Changes nothing."""
