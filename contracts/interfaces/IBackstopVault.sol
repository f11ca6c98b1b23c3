// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the waterfall asks of the backstop vault
interface IBackstopVault {
    /// @notice Says how much of a position the vault takes over at mark, and counts it against its limits. The caller then
    /// moves the position in the ledger.
    /// @dev Only the engine. Never reverts for want of room: it takes what it can, zero included.
    /// @param size base, WAD, signed: the position on offer
    /// @param mark quote per base, WAD
    /// @return account the vault's ledger account for the market
    /// @return taken base, WAD, at most |size|
    function absorb(uint8 market, int256 size, uint256 mark) external returns (uint32 account, uint256 taken);

    /// @notice The ledger account that holds what is allotted to a market; 0 if nothing ever was.
    function accountOf(uint8 market) external view returns (uint32 account);
}
