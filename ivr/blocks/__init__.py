"""What each block does: one small runner a block, one file per family."""
