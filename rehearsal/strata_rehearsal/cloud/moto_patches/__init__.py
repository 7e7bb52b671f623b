"""What moto gets wrong or lacks, one service a module; each module says what."""
