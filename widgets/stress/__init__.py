"""The Stress view: every account under every scenario."""
