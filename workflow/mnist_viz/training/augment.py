"""Small shifts and turns of the training images, anew in every epoch."""

import math

import torch
import torch.nn.functional as F

SIDE = 28  # pixels, of which the shifts are a share: on images of another size, they are that share of it
DEGREES = 10
PIXELS = 2


def draw_angles_and_shifts(count: int, generator: torch.Generator) -> torch.Tensor:
    """For each image an angle (up to 10 degrees, in radians) and shifts across and down (up to 2 of 28 pixels): float32
    [count, 3]."""
    shift = 2 * PIXELS / SIDE  # of coordinates from -1 to 1
    highest = torch.tensor([math.radians(DEGREES), shift, shift])
    return (2 * torch.rand(count, 3, generator=generator) - 1) * highest


def move(pixels: torch.Tensor, angles_and_shifts: torch.Tensor) -> torch.Tensor:
    """Turn and shift images float32 [B, C, H, W] by their rows of `angles_and_shifts`, bilinearly, zeros beyond."""
    angle, shift = angles_and_shifts[:, 0], angles_and_shifts[:, 1:]
    cosine, sine = angle.cos(), angle.sin()
    tall = pixels.shape[2] / pixels.shape[3]  # coordinates go from -1 to 1 both ways, and turn as pixels do
    rows = [cosine, -sine * tall, shift[:, 0], sine / tall, cosine, shift[:, 1]]
    matrix = torch.stack(rows, dim=1).view(-1, 2, 3)
    grid = F.affine_grid(matrix, list(pixels.shape), align_corners=False)
    return F.grid_sample(pixels, grid, align_corners=False)
