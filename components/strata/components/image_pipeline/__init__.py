"""Pipelines that bake machine images."""

from strata.components.image_pipeline.image_pipeline import ImagePipeline

__all__ = ["ImagePipeline"]
