// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IMarkPrice} from "./interfaces/IMarkPrice.sol";
import {IOpenInterestCaps} from "./interfaces/IOpenInterestCaps.sol";
import {AccountLogic} from "./logic/AccountLogic.sol";
import {ListingLogic} from "./logic/ListingLogic.sol";
import {ViewLogic} from "./logic/ViewLogic.sol";
import {Account, Health, Reservation} from "./types/Account.sol";
import {FeeSplit, Ledger, Module} from "./types/Ledger.sol";
import {MarketConfig, MarketState} from "./types/Market.sol";
import {SpotAsset} from "./types/SpotAsset.sol";
import {SpotBalance} from "./types/SpotBalance.sol";
import {Tranche} from "./types/Tranche.sol";

/// @title What anyone may read of the ledger
/// @notice The ledger's storage and its views, of which none changes anything. Quote amounts are WAD, sizes base, WAD.
abstract contract LedgerViews is IClearingHouse {
    /// @dev All that the ledger keeps of its own; what it inherits beside this is OpenZeppelin's.
    Ledger internal _ledger;

    // ---- accounts ----------------------------------------------------------------------------------------------------

    /// @inheritdoc IClearingHouse
    function accountOf(address owner, uint8 subaccount) external view returns (uint32) {
        return _ledger.accountIds[owner][subaccount];
    }

    /// @notice Accounts opened so far; they are numbered from 1 to this.
    function accountCount() external view returns (uint32) {
        return _ledger.accountCount;
    }

    /// @inheritdoc IClearingHouse
    function accountData(uint32 account) external view returns (Account memory) {
        return ViewLogic.accountData(_ledger, account);
    }

    /// @inheritdoc IClearingHouse
    function mayTrade(uint32 account, address caller) external view returns (bool) {
        return AccountLogic.mayTrade(_ledger, account, caller);
    }

    /// @inheritdoc IClearingHouse
    function health(uint32 account) external view returns (Health memory) {
        return ViewLogic.health(_ledger, account);
    }

    /// @inheritdoc IClearingHouse
    function withdrawable(uint32 account) external view returns (uint256) {
        return AccountLogic.withdrawable(_ledger, account);
    }

    /// @notice Realised profit of an account that still matures. Quote, WAD, rounded up. What of it a charge may reach, which
    /// `closedProfit` tells, is not withdrawable either.
    function maturing(uint32 account) external view returns (uint256) {
        return ViewLogic.maturing(_ledger, account);
    }

    /// @notice What an account has realised on a side of a market lately (mechanism section 6). Quote, WAD.
    /// @return owed charged and not settled yet, rounded up; `accountData` and `health` have it deducted already
    /// @return reachable what a charge may still reach, rounded down; it cannot be withdrawn until then
    function closedProfit(
        uint32 account,
        uint8 market,
        bool short
    ) external view returns (uint256 owed, uint256 reachable) {
        return ViewLogic.closedProfit(_ledger, account, market, short);
    }

    /// @inheritdoc IClearingHouse
    function positionOf(uint32 account, uint8 market) external view returns (PositionView memory) {
        return ViewLogic.positionOf(_ledger, account, market);
    }

    /// @inheritdoc IClearingHouse
    function reservation(uint32 account, uint8 market) external view returns (Reservation memory) {
        return _ledger.holdings[account][market].reservation;
    }

    /// @inheritdoc IClearingHouse
    function orderEpoch(uint32 account, uint8 market) external view returns (uint32) {
        return _ledger.holdings[account][market].reservation.epoch;
    }

    /// @inheritdoc IClearingHouse
    function spotBalance(
        uint32 account,
        uint8 asset
    ) external view returns (uint256 amount, uint256 waiting, uint256 seasonedAt) {
        SpotBalance memory balance = _ledger.spot[account][asset];
        return (balance.amount, balance.amount - balance.seasoned(), (uint256(balance.seasonedAt) + 999) / 1000);
    }

    // ---- markets -----------------------------------------------------------------------------------------------------

    /// @inheritdoc IClearingHouse
    function marketConfig(uint8 market) external view returns (MarketConfig memory) {
        return _ledger.configs[market];
    }

    /// @inheritdoc IClearingHouse
    function marketState(uint8 market) external view returns (MarketState memory) {
        return _ledger.states[market];
    }

    /// @inheritdoc IClearingHouse
    function requireSafeMark(uint8 market, uint256 band, uint256 speed) external view {
        ListingLogic.requireSafeMark(_ledger, market, band, speed);
    }

    /// @notice A tranche as stored. See types/Tranche.sol for units.
    function tranche(uint8 market, uint16 key, uint16 generation) external view returns (Tranche memory) {
        return _ledger.tranches[market][(uint32(key) << 16) | generation];
    }

    /// @notice Keys of the non-empty tranches of a side from a rank on, most urgent first.
    /// @param from first rank to look at, 0..32767
    /// @param limit how many keys at most
    function trancheKeys(
        uint8 market,
        bool short,
        uint256 from,
        uint256 limit
    ) external view returns (uint16[] memory) {
        return ViewLogic.trancheKeys(_ledger, market, short, from, limit);
    }

    /// @notice The pools of realised profit on a side of a market that a charge may reach: of the present half maturity, and of the one
    /// before. Zero where profit does not mature.
    /// @return pools start << 40 | span << 8 | generation, seconds
    /// @return amounts quote, WAD
    function closedPools(
        uint8 market,
        bool short
    ) external view returns (uint256[2] memory pools, uint256[2] memory amounts) {
        return ViewLogic.closedPools(_ledger, market, short);
    }

    /// @inheritdoc IClearingHouse
    function spotAsset(uint8 asset) external view returns (SpotAsset memory) {
        return _ledger.spotAssets[asset];
    }

    // ---- the ledger as a whole ---------------------------------------------------------------------------------------

    /// @inheritdoc IClearingHouse
    function socialisedLoss() external view returns (uint256) {
        return _ledger.socialisedLoss;
    }

    /// @notice Fees not yet distributed. Quote, WAD.
    function feesAccrued() external view returns (uint256) {
        return _ledger.feesAccrued;
    }

    /// @notice Who receives fees.
    function feeSplit() external view returns (FeeSplit memory) {
        return _ledger.feeSplit;
    }

    /// @notice The role of a module.
    function moduleRole(address module) external view returns (Module) {
        return _ledger.modules[module];
    }

    /// @notice What bounds open interest beside the static caps; zero for nothing.
    function openInterestCaps() external view returns (IOpenInterestCaps) {
        return _ledger.caps;
    }

    /// @notice Where prices come from.
    function markPrice() external view returns (IMarkPrice) {
        return _ledger.markPrice;
    }

    /// @inheritdoc IClearingHouse
    function quoteToken() external view returns (address) {
        return address(_ledger.quoteToken);
    }

    /// @inheritdoc IClearingHouse
    function quoteScale() external view returns (uint256) {
        return _ledger.quoteScale;
    }
}
