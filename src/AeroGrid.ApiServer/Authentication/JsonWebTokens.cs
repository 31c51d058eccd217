using Microsoft.IdentityModel.JsonWebTokens;

namespace AeroGrid.ApiServer.Authentication;

/// <summary>Reading of tokens that may be none.</summary>
internal static class JsonWebTokens
{
    /// <summary>The token, unverified; null when the text is no JSON Web Token: somebody else may know it.</summary>
    public static JsonWebToken? TryRead(JsonWebTokenHandler handler, string token)
    {
        if (!handler.CanReadToken(token))
        {
            return null;
        }

        try
        {
            return new JsonWebToken(token);
        }
        catch (ArgumentException)
        {
            // Three dots, but not a token of this kind.
            return null;
        }
    }
}
