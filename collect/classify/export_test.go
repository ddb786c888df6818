package classify

// Zones returns the country of each time zone.
func Zones() map[string]string { return zones() }
