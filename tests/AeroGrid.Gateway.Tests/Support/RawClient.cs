using System.Net.Sockets;
using System.Text;

namespace AeroGrid.Gateway.Tests.Support;

/// <summary>Sends bytes as no HTTP client would.</summary>
internal static class RawClient
{
    public static Task<string> SendAsync(Uri address, string text, Encoding? answer = null) =>
        SendAsync(address, Encoding.Latin1.GetBytes(text), answer);

    /// <summary>Sends and reads until the server closes.</summary>
    public static async Task<string> SendAsync(Uri address, byte[] bytes, Encoding? text = null)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(bytes);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, limit.Token);
        }
        catch (IOException)
        {
            // A reset after the answer: the server did not read everything.
        }

        return (text ?? Encoding.UTF8).GetString(answer.ToArray());
    }
}
