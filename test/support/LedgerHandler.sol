// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketConfig} from "../../contracts/types/Market.sol";
import {LedgerWorld} from "./LedgerWorld.sol";
import {Test} from "./Test.sol";

/// @title Everything that can be done to a ledger, in any order
/// @notice Each function brings random numbers into range and asks the ledger; a refusal is an answer like any other. The handler
/// also remembers what the invariants compare with.
contract LedgerHandler is Test {
    uint8 internal constant TRADERS = 5;

    LedgerWorld public immutable world;

    /// @notice Accounts without a position whose equity fell by more than they moved or paid themselves, or had in reach of a charge.
    uint256 public bystandersHurt;

    /// @notice Absolute funding one base unit has seen, quote, WAD.
    uint256 public funded;

    /// @notice Calls that changed something.
    uint256 public touched;

    constructor(LedgerWorld world_) {
        world = world_;
    }

    /// @dev Closed profit that a charge may still reach.
    function _reachable(uint32 account) private view returns (int256) {
        (, uint256 longs) = world.house().closedProfit(account, 0, false);
        (, uint256 shorts) = world.house().closedProfit(account, 0, true);
        return int256(longs + shorts);
    }

    /// @dev Nobody but the accounts named is party to a call, so nobody without a position may lose by it.
    modifier watched(uint32 one, uint32 two) {
        int256[] memory before = new int256[](TRADERS + 1);
        bool[] memory flat = new bool[](TRADERS + 1);
        for (uint32 account = 1; account <= TRADERS; ++account) {
            before[account] = world.equityOf(account) - _reachable(account);
            flat[account] = account != one && account != two && world.sizeOf(account) == 0;
        }
        int256 paid = world.fundingPaid();
        _;
        paid -= world.fundingPaid();
        funded += uint256(paid < 0 ? -paid : paid);
        ++touched;
        for (uint32 account = 1; account <= TRADERS; ++account) {
            if (flat[account] && world.equityOf(account) < before[account]) ++bystandersHurt;
        }
    }

    function trade(uint256 taker, uint256 maker, bool buy, uint96 size, uint256 off) external {
        _trade(_account(taker), _account(maker), buy, size, off, false);
    }

    function reduce(uint256 taker, uint256 maker, uint96 size, uint256 off) external {
        uint32 account = _account(taker);
        _trade(account, _account(maker), world.sizeOf(account) < 0, size, off, true);
    }

    function deposit(uint256 seed, uint256 tokens) external watched(_account(seed), 0) {
        world.deposit(_account(seed), bound(tokens, 1, 1e15));
    }

    function withdraw(uint256 seed, uint256 tokens) external watched(_account(seed), 0) {
        uint32 account = _account(seed);
        uint256 most = world.house().withdrawable(account) / 1e12;
        if (most != 0) world.withdraw(account, bound(tokens, 1, most));
    }

    function transfer(uint256 from, uint256 to, uint256 amount) external watched(_account(from), _account(to)) {
        uint256 most = world.house().withdrawable(_account(from));
        if (most != 0) world.transfer(_account(from), _account(to), bound(amount, 1, most));
    }

    function depositSpot(uint256 seed, uint256 amount) external watched(_account(seed), 0) {
        world.depositSpot(_account(seed), bound(amount, 1, 1e23));
    }

    function withdrawSpot(uint256 seed, uint256 amount) external watched(_account(seed), 0) {
        try world.withdrawSpot(_account(seed), bound(amount, 1, 1e23)) {} catch {}
    }

    function poke(uint256 seed) external watched(0, 0) {
        world.poke(_account(seed));
    }

    function closeDust(uint256 seed) external watched(_account(seed), 0) {
        try world.closeDust(_account(seed)) {} catch {}
    }

    function distributeFees() external watched(0, 0) {
        world.house().distributeFees();
    }

    function deleverage(uint256 seed, uint256 size, uint256 deficit) external watched(_account(seed), 0) {
        uint32 account = _account(seed);
        int256 asked = int256(bound(size, 1, 1e25));
        if (world.sizeOf(account) < 0) asked = -asked;
        try world.deleverage(account, asked, world.mark(), bound(deficit, 0, 1e26)) {} catch {}
    }

    function closeAtMark(uint256 seed, uint256 size) external watched(_account(seed), 0) {
        try world.closeAtMark(_account(seed), bound(size, 1, 1e25)) {} catch {}
    }

    function transferPosition(
        uint256 from,
        uint256 to,
        uint256 part,
        uint256 off
    ) external watched(_account(from), _account(to)) {
        int256 size = (world.sizeOf(_account(from)) * int256(bound(part, 1, 1000))) / 1000;
        try world.transferPosition(_account(from), _account(to), size, _near(off), 0) {} catch {}
    }

    function transferCash(uint256 from, uint256 to, uint256 amount) external watched(_account(from), _account(to)) {
        try world.transferCash(_account(from), _account(to), bound(amount, 1, 1e25)) {} catch {}
    }

    function socialiseLoss(uint256 seed) external watched(_account(seed), 0) {
        try world.socialiseLoss(_account(seed)) {} catch {}
    }

    function sellSpot(uint256 seed, uint256 buyer, uint256 amount) external watched(_account(seed), _account(buyer)) {
        try world.sellSpot(_account(seed), _account(buyer), bound(amount, 1, 1e22)) {} catch {}
    }

    function movePrice(uint256 price, int256 premium) external {
        int256 paid = world.fundingPaid();
        world.setPrice(bound(price, world.start() / 5, world.start() * 3), bound(premium, -0.1e18, 0.1e18));
        paid -= world.fundingPaid();
        funded += uint256(paid < 0 ? -paid : paid);
        ++touched;
    }

    function passTime(uint256 time) external {
        skip(bound(time, 1, 2 days));
    }

    function setFees(uint256 maker, uint256 taker, uint256 maturity) external {
        MarketConfig memory config = world.house().marketConfig(0);
        config.makerFee = uint24(bound(maker, 0, 2_000));
        config.takerFee = uint24(bound(taker, 0, 2_000));
        config.maturity = maturity % 4 == 0 ? 0 : uint32(bound(maturity, 1 hours, 2 days));
        config.minimumNotional = 10;
        world.setConfig(config);
    }

    function _trade(
        uint32 taker,
        uint32 maker,
        bool buy,
        uint96 size,
        uint256 off,
        bool reduceOnly
    ) private watched(taker, maker) {
        uint96 asked = uint96(bound(size, 1, 2e25));
        uint128 price = uint128(_near(off));
        if (reduceOnly) try world.reduce(taker, maker, buy, asked, price) {} catch {}
        else try world.trade(taker, maker, buy, asked, price) {} catch {}
    }

    /// @dev Within three per cent of mark.
    function _near(uint256 off) private view returns (uint256) {
        return (world.mark() * bound(off, 970, 1030)) / 1000;
    }

    function _account(uint256 seed) private pure returns (uint32) {
        return uint32(1 + (seed % TRADERS));
    }
}
