# Made by `packaging/make homebrew` for each release.
class JamfProMcp < Formula
  desc "MCP server for Jamf Pro with a person's approval for what is risky"
  homepage "https://github.com/@REPOSITORY@"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    url "@DOWNLOAD@/jamf-pro-mcp-@VERSION@-universal-apple-darwin.tar.gz"
    sha256 "@SHA256 universal-apple-darwin@"
  end

  on_linux do
    on_intel do
      url "@DOWNLOAD@/jamf-pro-mcp-@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256 x86_64-unknown-linux-musl@"
    end
    on_arm do
      url "@DOWNLOAD@/jamf-pro-mcp-@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256 aarch64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "jamf-pro-mcp"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/jamf-pro-mcp.bash" => "jamf-pro-mcp"
    fish_completion.install "completions/jamf-pro-mcp.fish"
    zsh_completion.install "completions/_jamf-pro-mcp"
    pkgshare.install "config.example.json"
  end

  def caveats
    <<~EOS
      Clients with a window do not search the PATH of your shell. Give them the whole path:
        #{opt_bin}/jamf-pro-mcp
    EOS
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/jamf-pro-mcp --version")
    assert_match "serialNumber", shell_output("#{bin}/jamf-pro-mcp call computer_list --demo")
  end
end
