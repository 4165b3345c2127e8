"""Say whether a solution version may replace the live one."""
