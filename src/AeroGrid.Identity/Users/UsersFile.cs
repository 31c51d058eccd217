using System.Text.Json;
using System.Text.Json.Serialization;
using AeroGrid.Identity.Files;

namespace AeroGrid.Identity.Users;

/// <summary>One user as stored.</summary>
internal sealed record StoredUser
{
    public required LocalUser User { get; init; }

    /// <summary>Hash of ASP.NET Core's PasswordHasher, which carries its own algorithm and iterations.</summary>
    public required string PasswordHash { get; init; }

    /// <summary>Sessions and refresh tokens from before are void.</summary>
    public required DateTimeOffset PasswordChanged { get; init; }
}

/// <summary>The content of <c>users.json</c>.</summary>
internal sealed record UsersDocument
{
    public required IReadOnlyList<StoredUser> Users { get; init; }
}

/// <summary>Reads and writes <c>users.json</c>.</summary>
internal sealed class UsersFile(string path)
{
    private (byte[] Content, UsersDocument Document) _last = ([], new UsersDocument { Users = [] });

    /// <summary>What is stored now; null when there is no file yet. Parsed again only when the content changed.</summary>
    /// <exception cref="IdentityException">The file is damaged.</exception>
    public UsersDocument? Read()
    {
        if (PrivateFile.TryRead(path) is not { } content)
        {
            return null;
        }

        var last = _last;
        if (content.AsSpan().SequenceEqual(last.Content))
        {
            return last.Document;
        }

        try
        {
            var document = JsonSerializer.Deserialize(content, UsersJson.Default.UsersDocument) ?? throw new JsonException("there is nothing in it");
            if (document.Users.GroupBy(u => u.User.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            {
                throw new JsonException($"user {twice.Key} is there twice");
            }

            _last = (content, document);
            return document;
        }
        catch (JsonException e)
        {
            throw new IdentityException(
                $"{path} is damaged ({e.Message}); restore it from a backup, or delete it to start again with a new user demo", e);
        }
    }

    /// <summary>Replaces the content.</summary>
    public void Write(UsersDocument document) => PrivateFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(document, UsersJson.Default.UsersDocument));
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(UsersDocument))]
internal sealed partial class UsersJson : JsonSerializerContext;
