"""Work as jobs: upkeep in any service; where several processes share one PostgreSQL database, nearly everything."""
