package classify_test

import (
	"testing"

	"holdfast/collect/classify"
)

// Assistants are sources of their own, however they say that somebody comes
// from them: none of those of the makers of search engines is taken for the
// search engine. Google Analytics has no channel for them but Referral.
func TestAssistants(t *testing.T) {
	c := classify.New()
	for name, referrers := range map[string][]string{
		"ChatGPT":    {"https://chatgpt.com/", "https://chat.openai.com/c/1", "android-app://com.openai.chatgpt"},
		"Perplexity": {"https://www.perplexity.ai/search/x", "https://perplexity.com/", "android-app://ai.perplexity.app.android"},
		"Claude":     {"https://claude.ai/chat/1", "https://claude.com/", "android-app://com.anthropic.claude"},
		"Gemini":     {"https://gemini.google.com/", "https://bard.google.com/", "https://gemini.google/", "android-app://com.google.android.apps.bard"},
		"Copilot":    {"https://copilot.microsoft.com/", "https://copilot.com/", "https://m365.cloud.microsoft/", "https://edgeservices.bing.com/", "android-app://com.microsoft.copilot"},
		"Le Chat":    {"https://chat.mistral.ai/", "android-app://ai.mistral.chat"},
		"DeepSeek":   {"https://chat.deepseek.com/", "https://www.deepseek.com/", "android-app://com.deepseek.chat"},
		"Grok":       {"https://grok.com/", "https://x.ai/", "android-app://ai.x.grok"},
		"Meta AI":    {"https://www.meta.ai/"},
		"Kimi":       {"https://www.kimi.com/", "https://kimi.moonshot.cn/"},
		"Qwen":       {"https://chat.qwen.ai/"},
		"Duck.ai":    {"https://duck.ai/"},
		"Lumo":       {"https://lumo.proton.me/"},
		"Bing":       {"https://www.bing.com/search?q=copilot"},
		"Google":     {"https://www.google.com/search?q=gemini"},
	} {
		channel := "Referral"
		if name == "Bing" || name == "Google" {
			channel = "Organic Search"
		}
		for _, referrer := range referrers {
			if e := arrive(t, c, referrer); e.Source != name || e.Channel != channel {
				t.Errorf("%s is %q by %q, not %q by %q", referrer, e.Source, e.Channel, name, channel)
			}
		}
	}
}
