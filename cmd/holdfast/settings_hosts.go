package main

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"holdfast"
)

// publicURL checks where the public reaches the server.
func publicURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%q is no URL like https://stats.example.com", text)
	}
	if u.Path != "" && u.Path != "/" {
		return "", fmt.Errorf("%q has a path: the server has a host name of its own", text)
	}
	if !isHost(u.Hostname()) {
		return "", fmt.Errorf("%q is not a host", u.Hostname())
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

// hostNames checks names that the server answers to.
func hostNames(texts []string) ([]string, error) {
	for _, text := range texts {
		if !isHost(text) {
			return nil, fmt.Errorf("%q is not a host, like stats.example.com, without scheme and port", text)
		}
	}
	return texts, nil
}

func isHost(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	return holdfast.CheckSiteName(strings.ToLower(strings.TrimSuffix(text, "."))) == nil
}

// names are those that the server answers to.
func (s *settings) names() []string {
	names := s.hosts
	if u, err := url.Parse(s.publicURL); err == nil && u.Host != "" {
		names = append(names[:len(names):len(names)], u.Host)
	}
	return names
}
