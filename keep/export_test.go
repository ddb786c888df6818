package keep

// FreezeNow cuts the rows in memory, as if they were about to be sealed.
func FreezeNow(s *Store) { s.freeze() }
