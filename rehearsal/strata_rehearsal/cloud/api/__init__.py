"""The actions of the Auto Scaling API that the simulated fleet answers."""
