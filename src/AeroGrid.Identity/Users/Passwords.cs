using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace AeroGrid.Identity.Users;

/// <summary>Hashes, checks and generates passwords. Thread-safe.</summary>
/// <param name="iterations">Rounds of PBKDF2 with HMAC-SHA-512.</param>
internal sealed class Passwords(int iterations)
{
    /// <summary>What the OWASP Password Storage Cheat Sheet asks for.</summary>
    public const int DefaultIterations = 210_000;

    /// <summary>No letters and digits that look alike.</summary>
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    /// <summary>Hashing is meant to be slow; more at a time than this would keep the machine from its work.</summary>
    private static readonly SemaphoreSlim Slots = new(2, 2);

    private readonly PasswordHasher<string> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));
    private string? _nobodysHash;

    public string Hash(string password) => _hasher.HashPassword("", password);

    /// <summary>Whether a password has this hash; null is the hash of nobody, which takes the same time.</summary>
    public async Task<bool> VerifyAsync(string? hash, string password, CancellationToken cancellationToken)
    {
        await Slots.WaitAsync(cancellationToken);
        try
        {
            var known = hash ?? (_nobodysHash ??= Hash(Generate()));
            var result = await Task.Run(() => _hasher.VerifyHashedPassword("", known, password), cancellationToken);
            return hash is not null && result != PasswordVerificationResult.Failed;
        }
        finally
        {
            Slots.Release();
        }
    }

    /// <summary>A password of 80 random bits that is easy to type.</summary>
    public static string Generate() => string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString(Alphabet, 4)));
}
