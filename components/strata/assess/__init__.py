"""Assessment: what keeps an Auto Scaling group from being immutable. The judgement is pure; what reads AWS is thin."""
