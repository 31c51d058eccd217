namespace AeroGrid.Node.Tests.Kubelet;

/// <summary>Programs that pods run.</summary>
internal static class Programs
{
    /// <summary>Answers every GET with a text.</summary>
    public static string Web(string answer) =>
        $$"""
        import http.server, os
        print("listening on", os.environ["PORT"], flush=True)
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = {{System.Text.Json.JsonSerializer.Serialize(answer)}}.encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *_): pass
        http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
        """;
}
