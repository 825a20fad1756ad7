"""What people keep of papers and say of them: reading lists, reactions, notes, and news of what they saved."""
