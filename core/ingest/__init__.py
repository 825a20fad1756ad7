"""The step that brings papers in: refresh what is new, backfill past days, enrich and look up single papers."""
